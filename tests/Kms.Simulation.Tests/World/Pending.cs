namespace Kms.Simulation.Tests.World;

/// <summary>Something on its way: a request, an append, an answer, a device's work. It happens when the schedule picks it, in any order, or it
/// fails.</summary>
/// <param name="host">Whose input or output it is.</param>
/// <param name="process">The process that gets it or sent it.</param>
/// <param name="way">Where it goes.</param>
/// <param name="text">For the trace.</param>
/// <param name="happen">What it does.</param>
/// <param name="fail">What its failure does; null where it cannot fail.</param>
internal sealed class Pending(SimulatedHost host, HostProcess process, Way way, string text, Action happen, Action? fail = null)
{
    /// <summary>Whose input or output it is.</summary>
    public SimulatedHost Host => host;

    /// <summary>The process that gets it or sent it.</summary>
    public HostProcess Process => process;

    /// <summary>Where it goes.</summary>
    public Way Way => way;

    /// <summary>Whether it can fail.</summary>
    public bool CanFail => fail is not null;

    /// <summary>A paused process takes nothing in; what it sent goes on. What is behind a cut waits, and fails when it is picked.</summary>
    public bool IsReady => way == Way.ToStore ? !host.IsCut || CanFail : !process.IsPaused;

    /// <summary>Lets it happen; what has to cross a cut fails instead.</summary>
    public void Happen()
    {
        if (host.IsCut && way != Way.Local && fail is not null) fail();
        else happen();
    }

    /// <summary>Lets it fail.</summary>
    public void Fail() => (fail ?? happen)();

    /// <inheritdoc/>
    public override string ToString() => $"host {host.Index}: {text}";
}

/// <summary>Where something goes.</summary>
internal enum Way
{
    /// <summary>To the database. It arrives whatever becomes of its sender.</summary>
    ToStore,

    /// <summary>From the database. It is lost when the process is gone.</summary>
    FromStore,

    /// <summary>From a sentry or the key. It is lost when the process is gone.</summary>
    Local,
}
