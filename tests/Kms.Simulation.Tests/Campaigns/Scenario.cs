using Akka.Actor;
using Kms.Actors.Chain;
using Kms.Core.Consensus;
using Kms.Simulation.Tests.Lab;
using Kms.Simulation.Tests.World;

namespace Kms.Simulation.Tests.Campaigns;

/// <summary>A seed, written out: what world it is, and one number for each step. A step's number alone chooses among what is possible then, so that
/// most of a schedule keeps its meaning when steps are left out.</summary>
internal sealed record Schedule(ulong World, IReadOnlyList<ulong> Steps)
{
    /// <summary>Steps of a simulation.</summary>
    public const int Length = 200;

    /// <summary>The schedule of a seed.</summary>
    public static Schedule Of(long seed)
    {
        var dice = new Dice(unchecked((ulong)seed));
        return new Schedule(dice.Next(), [.. Enumerable.Range(0, Length).Select(_ => dice.Next())]);
    }
}

/// <summary>What came of a simulation.</summary>
/// <param name="Violation">The rule that was broken, or null.</param>
/// <param name="Signatures">Signatures that left.</param>
/// <param name="Positions">Heights, rounds and steps that were signed.</param>
/// <param name="Conflicts">Appends that another writer had forestalled.</param>
internal sealed record Outcome(string? Violation, int Signatures, int Positions, int Conflicts)
{
    /// <summary>The rule without the case.</summary>
    public string? Rule => Violation?.Split(':')[0];
}

/// <summary>Runs a schedule: a while of troubles, then an end of all troubles, after which every host must sign again.</summary>
internal sealed class Scenario : IDisposable
{
    private const int Busy = 12;
    private const int Attempts = 4;

    private readonly Profile _profile;
    private readonly Cluster _cluster;
    private readonly Sentries _sentries;

    private Scenario(Laboratory laboratory, Schedule schedule, Func<ClusterOptions, ClusterOptions> alter, Action<string>? trace)
    {
        _profile = Profile.Of(new Dice(schedule.World));
        trace?.Invoke($"{alter(_profile.Options)}");
        _cluster = new Cluster(laboratory, alter(_profile.Options), trace);
        _sentries = new Sentries(_cluster);
    }

    /// <summary>Runs a schedule.</summary>
    /// <param name="laboratory">Where.</param>
    /// <param name="schedule">What happens.</param>
    /// <param name="alter">Changes the cluster that the schedule asks for; null for none.</param>
    /// <param name="mustSign">Whether signing must go on when all troubles are over.</param>
    /// <param name="trace">Is told each step.</param>
    public static Outcome Run(
        Laboratory laboratory, Schedule schedule, Func<ClusterOptions, ClusterOptions>? alter = null, bool mustSign = true,
        Action<string>? trace = null)
    {
        using var scenario = new Scenario(laboratory, schedule, alter ?? (o => o), trace);
        var checker = scenario._cluster.Checker;
        foreach (var step in schedule.Steps)
        {
            scenario.Take(new Dice(step));
            if (checker.Violation is not null) break;
        }

        if (checker.Violation is null && scenario.EndTroubles() && mustSign) scenario.EveryHostMustSign();
        if (checker.Violation is not null) trace?.Invoke(checker.Violation);
        return new Outcome(checker.Violation, checker.Releases, checker.Positions, scenario._cluster.Store.Conflicts);
    }

    /// <inheritdoc/>
    public void Dispose() => _cluster.Dispose();

    private void Take(Dice dice)
    {
        var roll = dice.Next(100);
        if (roll < _profile.AskPercent && _cluster.Pending.Count < Busy)
            _sentries.Ask(dice);
        else if (roll >= 100 - _profile.MischiefPercent && _profile.Mischief.Count > 0)
            Make(dice.Pick(_profile.Mischief), dice.Pick(_cluster.Hosts), dice);
        else
            Proceed(dice);
    }

    // A host that is down comes up in the same way in which anything else proceeds.
    private void Proceed(Dice dice)
    {
        var down = _cluster.Hosts.Where(h => h.Process is null).ToList();
        var ready = _cluster.Pending.Where(p => p.IsReady).ToList();
        if (down.Count + ready.Count == 0) StepOutOfStandstill(dice);
        else if (dice.Next(down.Count + ready.Count) is var i && i < down.Count) _cluster.Start(down[i]);
        else if (ready[i - down.Count] is { CanFail: true } unlucky && dice.Chance(_profile.FailPercent)) _cluster.Fail(unlucky);
        else _cluster.Happen(ready[i - down.Count]);
    }

    // All that is left waits behind a pause or a cut; a long silence shows nothing.
    private void StepOutOfStandstill(Dice dice)
    {
        if (_cluster.Pending.Count >= Busy) Reconnect();
        else _sentries.Ask(dice);
    }

    private void Make(Mischief mischief, SimulatedHost host, Dice dice)
    {
        _cluster.Trace?.Invoke($"{mischief} at host {host.Index}");
        switch (mischief)
        {
            case Mischief.Crash when host.Process is not null:
                _cluster.Crash(host);
                break;
            case Mischief.Pause when host.Process is { } process:
                process.IsPaused = !process.IsPaused;
                break;
            case Mischief.Cut:
                host.IsCut = !host.IsCut;
                break;
            case Mischief.Handover:
                _cluster.Tell(host, "stop", ChainMessages.Stop.Instance);
                _sentries.Prefer(dice.Pick(_cluster.Hosts));
                break;
            case Mischief.RaiseFloor:
                _sentries.RaiseFloor(dice);
                break;
            case Mischief.GiveUp:
                _sentries.GiveUp();
                break;
            case Mischief.TimePasses when !_cluster.Hosts.Any(h => h.Process is { IsPaused: true }):
                _cluster.Advance(TimeSpan.FromSeconds(1));
                break;
            case Mischief.GoBack:
                _cluster.Store.GoBack();
                break;
        }
    }

    // Whatever is on its way arrives, zombies wake up, machines come back.
    private bool EndTroubles()
    {
        _cluster.Trace?.Invoke("the troubles end");
        Reconnect();
        return _cluster.Settle();
    }

    private void Reconnect()
    {
        _cluster.Trace?.Invoke("all hosts run and reach the database");
        foreach (var host in _cluster.Hosts)
        {
            host.IsCut = false;
            if (host.Process is { } process) process.IsPaused = false;
        }
    }

    // A host that did not know what another one wrote finds out by failing once, and a chain without history gives up its first height.
    private void EveryHostMustSign()
    {
        foreach (var host in _cluster.Hosts)
        {
            SignReply? reply = null;
            for (var attempt = 0; attempt < Attempts && reply is not SignReply.Signed; attempt++)
            {
                _cluster.Sign(host, _sentries.NewHeight(), r => reply = r);
                if (!_cluster.Settle()) return;
            }

            if (reply is SignReply.Signed) continue;
            var why = reply is SignReply.Refused refused ? refused.Refusal.ToString() : "no answer";
            _cluster.Checker.Violate($"not live: host {host.Index} does not sign though all troubles are over: {why}");
        }
    }
}
