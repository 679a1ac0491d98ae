using Kms.Actors.Chain;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;

namespace Kms.Host.Control;

/// <summary>A position on the control socket.</summary>
internal sealed record PositionJson(long Height, int Round, int Step)
{
    public static PositionJson Of(Hrs hrs) => new(hrs.Height.Value, hrs.Round.Value, (int)hrs.Step);

    /// <exception cref="FormatException">It is no position.</exception>
    public Hrs ToHrs() => Height >= 0 && Round >= 0 && Enum.IsDefined((Step)Step)
        ? new Hrs(Height, Round, (Step)Step)
        : throw new FormatException($"{Height}/{Round}/{Step} is no position");
}

/// <summary>A block id on the control socket; hashes in hexadecimal.</summary>
internal sealed record BlockJson(string Hash, uint PartsTotal, string PartsHash)
{
    public static BlockJson Of(BlockId block) => new(Convert.ToHexString(block.Hash.Span), block.PartsTotal, Convert.ToHexString(block.PartsHash.Span));

    /// <exception cref="FormatException">The hashes are none.</exception>
    public BlockId ToBlock() => new(HashOf(Hash), PartsTotal, HashOf(PartsHash));

    private static BlockHash HashOf(string hex) =>
        BlockHash.FromBytes(Convert.FromHexString(hex)) ?? throw new FormatException("a block hash has the wrong size");
}

/// <summary>A recorded message on the control socket; sign bytes in hexadecimal.</summary>
internal sealed record MessageJson(PositionJson Position, BlockJson? Block, int? PolRound, long Seconds, int Nanos, string SignBytes)
{
    public static MessageJson Of(SignedMessage m) => new(
        PositionJson.Of(m.Hrs),
        m.Block is null ? null : BlockJson.Of(m.Block),
        m.PolRound, m.Timestamp.Seconds, m.Timestamp.Nanos, Convert.ToHexString(m.SignBytes.Span));

    /// <exception cref="FormatException">No release writes this.</exception>
    public SignedMessage ToMessage() => new(
        Position.ToHrs(), Block?.ToBlock(), PolRound, new Timestamp(Seconds, Nanos), new SignBytes(Convert.FromHexString(SignBytes)));
}

/// <summary>The state of a chain on the control socket, exact enough to be shown and exported as if it were read from the journal.</summary>
/// <param name="Floor">Null when nothing was ever recorded.</param>
/// <param name="Last">The newest message, if it stands at the floor.</param>
/// <param name="Error">A contradiction in the state, or why it was not changed; null when neither.</param>
internal sealed record ChainJson(PositionJson? Floor, MessageJson? Last, string? Error)
{
    public static ChainJson Of(ChainMessages.State state) => Of(state.Watermark, state.Contradiction);

    public static ChainJson Of(ChainMessages.FloorResult result) => Of(result.Watermark, result.Error);

    /// <summary>The watermark; null when there is none.</summary>
    /// <exception cref="FormatException">No release writes this.</exception>
    public Watermark? ToWatermark(ChainId chain) => Floor is null ? null : new Watermark(chain, Floor.ToHrs(), Last?.ToMessage());

    private static ChainJson Of(Watermark? watermark, string? error) => new(
        watermark is null ? null : PositionJson.Of(watermark.Floor), watermark?.Last is { } last ? MessageJson.Of(last) : null, error);
}
