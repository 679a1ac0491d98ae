namespace Kms.Simulation.Tests.Checking;

/// <summary>Where in a chain a message stands: proposals are step 0, prevotes 1, precommits 2.</summary>
internal readonly record struct Position(long Height, int Round, int Step) : IComparable<Position>
{
    /// <inheritdoc/>
    public int CompareTo(Position other) => (Height, Round, Step).CompareTo((other.Height, other.Round, other.Step));

    /// <inheritdoc/>
    public override string ToString() => $"{Height}/{Round}/{Step}";
}

/// <summary>A consensus message as the chain sees it.</summary>
/// <param name="At">Position.</param>
/// <param name="Block">The block's name, or "nil".</param>
/// <param name="PolRound">Proof-of-lock round of a proposal; null for votes.</param>
/// <param name="Time">Timestamp.</param>
internal sealed record Message(Position At, string Block, int? PolRound, long Time)
{
    /// <summary>Whether the two differ in nothing but their timestamps.</summary>
    public bool IsSameButForTime(Message other) => this == other with { Time = Time };

    /// <inheritdoc/>
    public override string ToString() => $"{At} {Block}{(PolRound is { } pol ? $" pol {pol}" : "")} at {Time}";
}
