using Kms.Core.Consensus;
using Kms.Core.DoubleSign;

namespace Kms.Actors.Chain;

/// <summary>What a chain can be asked. The answers never leave the process.</summary>
public static class ChainMessages
{
    /// <summary>Sign a message. Answered with a <see cref="SignReply"/>.</summary>
    /// <param name="Request">What to sign.</param>
    /// <param name="Deadline">Cancelled when the asker has given up: the request is then dropped, not signed late.</param>
    public sealed record Sign(SignRequest Request, CancellationToken Deadline);

    /// <summary>Sign raw bytes, if the operator allows it. Answered with a <see cref="SignReply"/>.</summary>
    /// <param name="Chain">The chain whose key is asked, whatever chain the request names.</param>
    /// <param name="Request">What to sign.</param>
    /// <param name="Deadline">Cancelled when the asker has given up: the request is then dropped, not signed late.</param>
    public sealed record SignRaw(ChainId Chain, RawBytesRequest Request, CancellationToken Deadline);

    /// <summary>Where does the chain stand? Answered with a <see cref="State"/>.</summary>
    public sealed record GetState
    {
        /// <summary>The only one.</summary>
        public static readonly GetState Instance = new();
    }

    /// <summary>The state of a chain.</summary>
    /// <param name="Watermark">Null when nothing was ever recorded.</param>
    /// <param name="Contradiction">Why the chain refuses to sign; null when its journal is in order.</param>
    public sealed record State(Watermark? Watermark, string? Contradiction)
    {
        /// <summary>What else was asked.</summary>
        public ChainCounts Counts { get; init; } = ChainCounts.None;
    }

    /// <summary>Begin the journal of a chain whose key never signed. Answered with a <see cref="FloorResult"/>.</summary>
    /// <param name="Floor">Everything at or below it will be refused.</param>
    /// <param name="Note">Who asked, for the record.</param>
    public sealed record Initialise(Hrs Floor, string Note);

    /// <summary>Raise the floor, or begin the journal where the claim may. Answered with a <see cref="FloorResult"/>.</summary>
    /// <param name="Claim">What is known, and from whom.</param>
    public sealed record RaiseFloor(FloorClaim Claim);

    /// <summary>What came of <see cref="Initialise"/> or <see cref="RaiseFloor"/>.</summary>
    /// <param name="Watermark">The state now, changed or not.</param>
    /// <param name="Error">Why it failed; null when it did not.</param>
    /// <param name="Ignored">Why there was nothing to change; null when there was.</param>
    public sealed record FloorResult(Watermark? Watermark, string? Error, string? Ignored = null)
    {
        /// <summary>Whether an event was stored.</summary>
        public bool Changed => Error is null && Ignored is null;
    }

    /// <summary>Finish what is in flight and stop for good.</summary>
    public sealed record Stop
    {
        /// <summary>The only one.</summary>
        public static readonly Stop Instance = new();
    }
}
