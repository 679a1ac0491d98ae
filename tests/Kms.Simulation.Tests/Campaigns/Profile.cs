using Kms.Simulation.Tests.Lab;
using Kms.Simulation.Tests.World;

namespace Kms.Simulation.Tests.Campaigns;

/// <summary>What else can happen to a cluster.</summary>
internal enum Mischief
{
    /// <summary>A machine dies.</summary>
    Crash,

    /// <summary>A process stands still, or one that did goes on: the zombie.</summary>
    Pause,

    /// <summary>A host cannot reach the database, or can again.</summary>
    Cut,

    /// <summary>One host stops its chain, the nodes ask another one.</summary>
    Handover,

    /// <summary>A floor is raised.</summary>
    RaiseFloor,

    /// <summary>A node gives up.</summary>
    GiveUp,

    /// <summary>A second passes.</summary>
    TimePasses,

    /// <summary>A database that may do so goes back in time.</summary>
    GoBack,
}

/// <summary>The kind of world a seed stands for. Not every world has every trouble, because some only show when others are away.</summary>
/// <param name="Options">The cluster.</param>
/// <param name="Mischief">What happens besides requests; may be empty.</param>
/// <param name="AskPercent">Share of the steps in which somebody asks.</param>
/// <param name="MischiefPercent">Share of the steps in which something else happens.</param>
/// <param name="FailPercent">Share of the operations that fail.</param>
internal sealed record Profile(ClusterOptions Options, IReadOnlyList<Mischief> Mischief, int AskPercent, int MischiefPercent, int FailPercent)
{
    /// <summary>The world of a seed.</summary>
    public static Profile Of(Dice dice)
    {
        var options = new ClusterOptions
        {
            Hosts = 1 + dice.Next(4),
            AdoptFirstHeight = dice.Chance(20),
            SnapshotEvery = dice.Pick([2, 3, 7, 1_000]),
            KeepEvents = dice.Pick([1, 3, 10_000]),
        };
        var mischief = Enum.GetValues<Mischief>().Where(_ => dice.Chance(50)).ToList();
        return new Profile(options, mischief, dice.Pick([10, 18, 25]), dice.Pick([3, 8, 15]), dice.Pick([0, 5, 15, 30]));
    }
}
