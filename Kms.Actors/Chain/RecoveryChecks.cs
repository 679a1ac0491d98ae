using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Protocol.SignBytes;

namespace Kms.Actors.Chain;

/// <summary>What a recovery must find in order before anything is signed upon it.</summary>
internal static class RecoveryChecks
{
    /// <summary>Why the chain must not sign; null when its journal is in order.</summary>
    /// <param name="chain">The chain.</param>
    /// <param name="watermark">Where the replay led.</param>
    /// <param name="recoveredTo">The last event that was handed out.</param>
    /// <param name="newest">The last event that the journal counts: if it was not handed out, the newest signature is not known.</param>
    public static string? Contradiction(ChainId chain, Watermark? watermark, long recoveredTo, long newest)
    {
        if (recoveredTo != newest) return $"recovery ended at event {recoveredTo} of {newest}";
        if (watermark is not null && watermark.Chain != chain) return $"the journal of chain {chain} holds events of chain {watermark.Chain}";
        return watermark?.Last is { } last && !IsCanonical(chain, last)
            ? $"the sign bytes recorded at {last.Hrs} are not those of the recorded message"
            : null;
    }

    /// <summary>Whether the sign bytes of a message are those of its fields.</summary>
    public static bool IsCanonical(ChainId chain, SignedMessage message) =>
        message.Timestamp.IsValid && CanonicalSignBytes.Of(chain, message) == message.SignBytes;
}
