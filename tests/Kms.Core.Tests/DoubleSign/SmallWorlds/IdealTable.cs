using Kms.Core.Consensus;

namespace Kms.Core.Tests.DoubleSign.SmallWorlds;

/// <summary>What is due to a request.</summary>
internal enum Due
{
    /// <summary>A signature over the bytes asked for, recorded first.</summary>
    New,

    /// <summary>A signature over the bytes on record.</summary>
    Recorded,

    /// <summary>No signature.</summary>
    Refusal,
}

/// <summary>The rule book, written a second time from the decision table alone: which request gets a signature, and over what.
/// Knows nothing of the types it is compared with.</summary>
/// <param name="Floor">The highest position used up; null when nothing is known, and then nothing may be signed.</param>
/// <param name="Last">What was recorded at the floor; null when only the position is known.</param>
internal sealed record IdealTable((long Height, int Round, int Step)? Floor, Statement? Last)
{
    public static readonly IdealTable NoHistory = new(null, null);

    /// <summary>The strict mode of tmkms: two blocks in one round are refused at any step.</summary>
    public bool SameBlockPerRound { get; init; }

    public override string ToString() => $"recorded {Last} at {Floor}";

    public Due Of(Statement asked)
    {
        if (Floor is not { } floor) return Due.Refusal;
        var order = asked.Position.CompareTo(floor);
        if (order > 0 && SameBlockPerRound && AnotherBlockInTheRound(asked)) return Due.Refusal;
        if (order > 0) return Due.New; // higher height, round or step, whatever the block
        if (order < 0) return Due.Refusal; // a regression
        if (Last is null) return Due.Refusal; // what was signed there is not known
        if (Last.Block != asked.Block) return Due.Refusal; // another block, or nil against a block
        if (Last.PolRound != asked.PolRound) return Due.Refusal; // another proposal
        if (Last.Timestamp == asked.Timestamp) return Due.Recorded; // the same request
        return asked.IsVote ? Due.Recorded : Due.New; // the timestamp alone differs: see SignatureChecker.Useless
    }

    /// <summary>The table after <paramref name="asked"/> was recorded.</summary>
    public IdealTable After(Statement asked) => Of(asked) == Due.New ? this with { Floor = asked.Position, Last = asked } : this;

    /// <summary>The table after an operator raised the floor.</summary>
    public IdealTable Raised(Hrs floor) => this with { Floor = (floor.Height.Value, floor.Round.Value, (int)floor.Step), Last = null };

    private bool AnotherBlockInTheRound(Statement asked) =>
        Last is not null && (Last.Height, Last.Round) == (asked.Height, asked.Round)
        && Last.Block != "nil" && asked.Block != "nil" && Last.Block != asked.Block;
}
