using System.Buffers.Binary;
using System.Text;
using Kms.Testing.Ledger;

namespace Kms.Hardware.Tests.Ledger.Simulator;

/// <summary>Sign bytes and commands, written out by hand.</summary>
internal static class Messages
{

    public static byte[] Of(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    public static string Hex(byte[]? bytes) => bytes is null ? "nothing" : Convert.ToHexStringLower(bytes);

    /// <summary>The command that signs a message of one chunk.</summary>
    public static byte[] Sign(byte[] message) => [0x56, 0x02, 1, 1, (byte)message.Length, .. message];

    /// <summary>A length in front.</summary>
    public static byte[] Framed(byte[] payload) => payload.Length < 128 ? [(byte)payload.Length, .. payload]
        : [(byte)((payload.Length & 0x7F) | 0x80), (byte)(payload.Length >> 7), .. payload];

    /// <summary>A vote or proposal for a block; nanos of 5 bytes, the POL round -1.</summary>
    public static byte[] For(VoteType type, long height, long round, string chainId = "test-chain", bool isNil = false)
    {
        var isProposal = type == VoteType.Proposal;
        var first = isProposal ? 5 : 4;
        return Framed([
            0x08, (byte)type, 0x11, .. Fixed(height), .. round == 0 ? [] : (byte[])[0x19, .. Fixed(round)],
            .. isProposal ? Of("20 ffffffffffffffffff 01") : [],
            .. isNil ? [] : BlockId((byte)(first << 3 | 2)),
            (byte)((first + 1) << 3 | 2), 12, .. Of("08 80e2cfaa06 10 95eaefba03"),
            (byte)((first + 2) << 3 | 2), (byte)chainId.Length, .. Encoding.ASCII.GetBytes(chainId),
        ]);
    }

    private static byte[] BlockId(byte tag) =>
        [tag, 0x48, 0x0A, 0x20, .. Enumerable.Repeat((byte)0xAA, 32), 0x12, 0x24, 0x08, 0x01, 0x12, 0x20, .. Enumerable.Repeat((byte)0xBB, 32)];

    private static byte[] Fixed(long value)
    {
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return bytes;
    }
}
