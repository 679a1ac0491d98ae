using Kms.Core.Consensus;

namespace Kms.Core.DoubleSign;

/// <summary>A fact in a chain's journal. Each is absolute: the newest one alone tells where the chain stands.</summary>
public abstract record ChainEvent
{
    private ChainEvent() { }

    /// <summary>The chain it belongs to.</summary>
    public abstract ChainId Chain { get; }

    /// <summary>The highest position that is used up once this event is stored.</summary>
    public abstract Hrs Position { get; }

    /// <summary>A message may be signed from now on, and no other at or below its position.</summary>
    /// <param name="Chain">The chain.</param>
    /// <param name="Message">What may be signed.</param>
    public sealed record WatermarkAdvanced(ChainId Chain, SignedMessage Message) : ChainEvent
    {
        /// <inheritdoc/>
        public override ChainId Chain { get; } = Chain;

        /// <inheritdoc/>
        public override Hrs Position => Message.Hrs;
    }

    /// <summary>Nothing at or below <paramref name="Floor"/> may be signed, says somebody besides the journal: an operator, a state
    /// file, a hook.</summary>
    /// <param name="Chain">The chain.</param>
    /// <param name="Floor">The new floor.</param>
    /// <param name="Note">Who or what raised it, for the operator.</param>
    public sealed record FloorRaised(ChainId Chain, Hrs Floor, string Note) : ChainEvent
    {
        /// <inheritdoc/>
        public override ChainId Chain { get; } = Chain;

        /// <inheritdoc/>
        public override Hrs Position => Floor;
    }
}
