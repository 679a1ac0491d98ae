using System.Text.Json;
using Kms.Actors.Chain;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Host.Control;
using Kms.Protocol.SignBytes;
using Kms.Testing;

namespace Kms.Host.Tests.Control;

public sealed class ChainJsonTests
{
    public static TheoryData<Watermark?> Watermarks => new()
    {
        null,
        new Watermark(Ask.Chain, Hrs.EndOf(new Height(41)), null),
        new Watermark(Ask.Chain, new Hrs(5, 1, Step.Precommit), Message(5, 1, Step.Precommit, null, null)),
        new Watermark(Ask.Chain, new Hrs(long.MaxValue, int.MaxValue, Step.Prevote), Message(long.MaxValue, int.MaxValue, Step.Prevote, Ask.A, null)),
        new Watermark(Ask.Chain, new Hrs(5, 0, Step.Proposal), Message(5, 0, Step.Proposal, Ask.B, -1)),
    };

    [Theory]
    [MemberData(nameof(Watermarks))]
    public void A_state_crosses_the_socket_unchanged(Watermark? watermark)
    {
        foreach (var error in new[] { null, "it contradicts itself" })
        {
            Assert.Equal(watermark, Crossed(ChainJson.Of(new ChainMessages.State(watermark, error))).ToWatermark(Ask.Chain));
            Assert.Equal(error, Crossed(ChainJson.Of(new ChainMessages.FloorResult(watermark, error))).Error);
        }
    }

    [Theory]
    [InlineData("""{"floor":{"height":-1,"round":0,"step":0},"signBytes":null,"error":null}""")]
    [InlineData("""{"floor":{"height":1,"round":0,"step":3},"signBytes":null,"error":null}""")]
    [InlineData("""{"floor":{"height":1,"round":0,"step":1},"signBytes":"0","error":null}""")]
    [InlineData("""{"floor":{"height":1,"round":0,"step":1},"signBytes":"00","error":null}""")]
    public void What_no_release_writes_is_not_taken(string json) =>
        Assert.Throws<FormatException>(() => JsonSerializer.Deserialize<ChainJson>(json, ControlWire.Json)!.ToWatermark(Ask.Chain));

    private static ChainJson Crossed(ChainJson state) =>
        JsonSerializer.Deserialize<ChainJson>(JsonSerializer.Serialize(state, ControlWire.Json), ControlWire.Json)!;

    private static SignedMessage Message(long height, int round, Step step, BlockId? block, int? polRound)
    {
        var message = new SignedMessage(new Hrs(height, round, step), block, polRound, new Timestamp(1_700_000_000, 999_999_999), new Core.Consensus.SignBytes([]));
        return message with { SignBytes = CanonicalSignBytes.Of(Ask.Chain, message) };
    }
}
