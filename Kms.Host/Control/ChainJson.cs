using Kms.Actors.Chain;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Protocol.SignBytes;

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

/// <summary>The state of a chain on the control socket, exact enough to be shown and exported as if it were read from the journal.</summary>
/// <param name="Floor">Null when nothing was ever recorded.</param>
/// <param name="SignBytes">Of the newest message, in hexadecimal, if it stands at the floor: they are canonical and tell everything else.</param>
/// <param name="Error">A contradiction in the state, or why it was not changed; null when neither.</param>
/// <param name="Ignored">Why there was nothing to change; null when there was.</param>
internal sealed record ChainJson(PositionJson? Floor, string? SignBytes, string? Error, string? Ignored = null)
{
    public static ChainJson Of(ChainMessages.State state) => Of(state.Watermark, state.Contradiction, null);

    public static ChainJson Of(ChainMessages.FloorResult result) => Of(result.Watermark, result.Error, result.Ignored);

    /// <summary>The answer to a change.</summary>
    /// <exception cref="FormatException">No release writes this.</exception>
    public ChainMessages.FloorResult ToResult(ChainId chain) => new(ToWatermark(chain), Error, Ignored);

    /// <summary>The watermark; null when there is none.</summary>
    /// <exception cref="FormatException">No release writes this.</exception>
    public Watermark? ToWatermark(ChainId chain) => Floor is null ? null : new Watermark(chain, Floor.ToHrs(), MessageOf(SignBytes));

    /// <summary>The message that sign bytes stand for; null for none.</summary>
    /// <exception cref="FormatException">They are not canonical.</exception>
    public static SignedMessage? MessageOf(string? signBytes) =>
        signBytes is null ? null
        : CanonicalMessage.TryParse(new SignBytes(Convert.FromHexString(signBytes)), out _, out var message) ? message
        : throw new FormatException("these are no sign bytes");

    private static ChainJson Of(Watermark? watermark, string? error, string? ignored) => new(
        watermark is null ? null : PositionJson.Of(watermark.Floor),
        watermark?.Last is { } last ? Convert.ToHexString(last.SignBytes.Span) : null,
        error,
        ignored);
}
