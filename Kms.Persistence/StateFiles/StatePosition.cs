using Kms.Core.Consensus;

namespace Kms.Persistence.StateFiles;

/// <summary>What positions in state files mean, whatever program wrote them.</summary>
internal static class StatePosition
{
    /// <summary>A recorded position; height 0 has only one, as nothing can be signed there.</summary>
    public static Hrs Of(long height, int round, Step step) =>
        height == 0 ? Hrs.EndOf(new Height(0)) : new Hrs(height, round, step);

    /// <summary>Nothing was signed in a round yet: the last position before it is used up.</summary>
    public static Hrs Before(long height, int round) => (height, round) switch
    {
        (0, _) => Hrs.EndOf(new Height(0)),
        (_, 0) => Hrs.EndOf(new Height(height - 1)),
        _ => Of(height, round - 1, Step.Precommit),
    };
}
