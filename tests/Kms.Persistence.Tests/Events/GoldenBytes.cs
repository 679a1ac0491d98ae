using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Testing;

namespace Kms.Persistence.Tests.Events;

/// <summary>What every released version wrote, as it lies in somebody's journal. Lines are added, never changed: a release that cannot
/// read one of them forgets a watermark. The bytes were encoded apart from this program, by hand from chain_events.proto.</summary>
internal static class GoldenBytes
{
    private const string Chain = "0a0b636f736d6f736875622d34";
    private const string Block = "12460a20aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa10031a205555555555555555555555555555555555555555555555555555555555555555";
    private const string Precommit = "0a06086410021802" + Block + "2080e2cfaa0628959aef3a32020801";

    private static readonly ChainId Hub = new("cosmoshub-4");
    private static readonly BlockId A = new(Ask.Hash(0xAA), 3, Ask.Hash(0x55));
    private static readonly SignedMessage Vote = new(new Hrs(100, 2, Step.Precommit), A, null, new Timestamp(1_700_000_000, 123_456_789), Bytes("0801"));

    /// <summary>Version, manifest, bytes, and what they mean.</summary>
    public static IReadOnlyList<(string Version, string Manifest, string Hex, object Value)> All =>
    [
        ("0.1.0", "WA", Chain + "125f" + Precommit, new ChainEvent.WatermarkAdvanced(Hub, Vote)),
        ("0.1.0", "WA", Chain + "12660a020865" + Block + "18ffffffffffffffffff01208092b8c398feffffff0132020820", new ChainEvent.WatermarkAdvanced(
            Hub, new SignedMessage(new Hrs(101, 0, Step.Proposal), A, -1, Timestamp.GoZero, Bytes("0820")))),
        ("0.1.0", "WA", Chain + "120d0a040807180120012802320101", new ChainEvent.WatermarkAdvanced(
            Hub, new SignedMessage(new Hrs(7, 0, Step.Prevote), null, null, new Timestamp(1, 2), Bytes("01")))),
        ("0.1.0", "FR", Chain + "120a082910ffffffff0718021a08696d706f72746564", new ChainEvent.FloorRaised(Hub, Hrs.EndOf(new Height(41)), "imported")),
        ("0.1.0", "WM", Chain + "12060864100218021a5f" + Precommit, new Watermark(Hub, Vote.Hrs, Vote)),
        ("0.1.0", "WM", Chain + "120a082910ffffffff071802", new Watermark(Hub, Hrs.EndOf(new Height(41)), null)),
    ];

    private static SignBytes Bytes(string hex) => new(Convert.FromHexString(hex));
}
