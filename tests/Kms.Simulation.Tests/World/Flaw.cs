namespace Kms.Simulation.Tests.World;

/// <summary>What a broken store does.</summary>
[Flags]
public enum Flaw
{
    /// <summary>It is as it should be.</summary>
    None = 0,

    /// <summary>It has neither UNIQUE (persistence_id, sequence_number) nor the rule that an append follows the newest event: the later writer
    /// wins.</summary>
    NoUniqueness = 1,

    /// <summary>A recovery is told how many events there are, but is not handed the newest one: as from Akka's replay filter, which drops the events
    /// of a writer that comes back after another one.</summary>
    LosesNewestInReplay = 2,

    /// <summary>A failed write is answered as one that was never tried.</summary>
    RejectsInsteadOfFailing = 4,

    /// <summary>Now and then it forgets its newest event: a backup was restored, or an asynchronous standby promoted.</summary>
    GoesBackInTime = 8,

    /// <summary>It has UNIQUE but not the rule that an append follows the newest event. The numbers of deleted events can then be used again: a
    /// host that stood still for longer than events are kept finds its next number free.</summary>
    UniquenessAlone = 16,
}
