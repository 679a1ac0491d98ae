using System.Diagnostics;
using Kms.Simulation.Tests.Lab;
using Kms.Simulation.Tests.World;

namespace Kms.Simulation.Tests.Campaigns;

/// <summary>Many seeds, on some threads.</summary>
internal sealed class Campaign(Func<ClusterOptions, ClusterOptions>? alter = null, bool mustSign = true)
{
    private readonly Lock _lock = new();

    /// <summary>The lowest seed that broke a rule, or null.</summary>
    public long? Failed { get; private set; }

    /// <summary>Simulations that ran.</summary>
    public int Runs { get; private set; }

    /// <summary>Signatures that left.</summary>
    public long Signatures { get; private set; }

    /// <summary>Positions that were signed.</summary>
    public long Positions { get; private set; }

    /// <summary>Appends that another writer had forestalled.</summary>
    public long Conflicts { get; private set; }

    /// <summary>How long it took.</summary>
    public TimeSpan Took { get; private set; }

    /// <summary>Runs seeds until all are done or one has failed.</summary>
    public void Run(long firstSeed, int count)
    {
        var started = Stopwatch.GetTimestamp();
        var next = -1;
        OnThreads(laboratory =>
        {
            while (Failed is null && Interlocked.Increment(ref next) is var i && i < count) Take(laboratory, firstSeed + i);
        });
        Took = Stopwatch.GetElapsedTime(started);
    }

    /// <summary>What the shortest schedule found that breaks the same rule as <paramref name="seed"/> does, step by step.</summary>
    public (Outcome Outcome, Schedule Schedule, IReadOnlyList<string> Trace) Explain(long seed)
    {
        (Outcome, Schedule, IReadOnlyList<string>) explained = default;
        OnThreads(laboratory =>
        {
            var trace = new List<string>();
            var schedule = Shorten(laboratory, Schedule.Of(seed));
            explained = (Scenario.Run(laboratory, schedule, alter, mustSign, trace.Add), schedule, trace);
        }, threads: 1);
        return explained;
    }

    private void Take(Laboratory laboratory, long seed)
    {
        var outcome = Scenario.Run(laboratory, Schedule.Of(seed), alter, mustSign);
        lock (_lock)
        {
            Runs++;
            Signatures += outcome.Signatures;
            Positions += outcome.Positions;
            Conflicts += outcome.Conflicts;
            if (outcome.Violation is not null && !(Failed <= seed)) Failed = seed;
        }
    }

    // Leaves out half of the steps, a quarter, ..., single ones, as long as the same rule stays broken.
    private Schedule Shorten(Laboratory laboratory, Schedule schedule)
    {
        var rule = Scenario.Run(laboratory, schedule, alter, mustSign).Rule;
        if (rule is null) return schedule;
        for (var chunk = schedule.Steps.Count / 2; chunk > 0; chunk /= 2)
        {
            for (var at = 0; at < schedule.Steps.Count;)
            {
                var shorter = schedule with { Steps = [.. schedule.Steps.Take(at), .. schedule.Steps.Skip(at + chunk)] };
                if (Scenario.Run(laboratory, shorter, alter, mustSign).Rule == rule) schedule = shorter;
                else at += chunk;
            }
        }

        return schedule;
    }

    /// <summary>Works on threads that have no synchronization context, as a simulation needs them.</summary>
    public static void OnThreads(Action<Laboratory> work, int threads = 2)
    {
        Exception? bug = null;
        var started = Enumerable.Range(0, threads).Select(_ => new Thread(() =>
        {
            using var laboratory = new Laboratory();
            try
            {
                work(laboratory);
            }
#pragma warning disable CA1031 // Thrown again below, where a test sees it.
            catch (Exception e)
#pragma warning restore CA1031
            {
                bug = e;
            }
        })).ToList();
        foreach (var thread in started) thread.Start();
        foreach (var thread in started) thread.Join();
        if (bug is not null) throw new InvalidOperationException($"a simulation threw: {bug.Message}", bug);
    }
}
