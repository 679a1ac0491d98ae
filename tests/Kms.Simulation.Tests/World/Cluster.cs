using Akka.Actor;
using Akka.Persistence;
using Kms.Actors.Chain;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Core.Signing;
using Kms.Protocol.SignBytes;
using Kms.Simulation.Tests.Checking;
using Kms.Simulation.Tests.Lab;
using Kms.Testing;

namespace Kms.Simulation.Tests.World;

/// <summary>How a cluster is set up.</summary>
internal sealed record ClusterOptions
{
    /// <summary>Number of hosts.</summary>
    public int Hosts { get; init; } = 2;

    /// <summary>Whether the chain takes its first height from the first request; otherwise an operator has begun its history.</summary>
    public bool AdoptFirstHeight { get; init; }

    /// <summary>A snapshot after so many events.</summary>
    public int SnapshotEvery { get; init; } = 1_000;

    /// <summary>So many events stay before a snapshot.</summary>
    public int KeepEvents { get; init; } = 10_000;

    /// <summary>What is wrong with the store.</summary>
    public Flaw Flaw { get; init; }

    /// <summary>What guards the key; the product's actor unless a test puts a broken one in its place.</summary>
    public Func<ChainOptions, Props> Signer { get; init; } = options => Props.Create<ChainStateActor>(options);
}

/// <summary>Hosts that sign for one chain over one store. Safety must not depend on who is thought to be active, so every host may be asked at any
/// time, as when a cluster has split.</summary>
internal sealed class Cluster : IDisposable
{
    private const int Endless = 5_000;

    private static int _count;

    private readonly Laboratory _laboratory;
    private readonly ClusterOptions _options;
    private readonly Dictionary<string, (SimulatedHost Host, HostProcess Process)> _processes = [];
    private readonly string _name = $"cluster-{Interlocked.Increment(ref _count)}";

    /// <summary>All hosts are down.</summary>
    public Cluster(Laboratory laboratory, ClusterOptions options, Action<string>? trace = null)
    {
        (_laboratory, _options, Trace) = (laboratory, options, trace);
        Store = new SharedStore(options.Flaw, OnStored);
        Hosts = [.. Enumerable.Range(0, options.Hosts).Select(i => new SimulatedHost(i))];
        laboratory.Store = new StoreLink(Store, options.Flaw, OwnerOf, Pending);
        if (options.AdoptFirstHeight) return;
        var begin = new ChainEvent.FloorRaised(Ask.Chain, new Hrs(0, 0, Step.Proposal), "begun");
        Store.TryAppend([new Persistent(begin, 1, ChainStateActor.PersistenceIdOf(Ask.Chain))]);
    }

    /// <summary>The hosts.</summary>
    public IReadOnlyList<SimulatedHost> Hosts { get; }

    /// <summary>The database.</summary>
    public SharedStore Store { get; }

    /// <summary>What is on its way, oldest first.</summary>
    public List<Pending> Pending { get; } = [];

    /// <summary>The judge.</summary>
    public Checker Checker { get; } = new();

    /// <summary>Where the steps are told, if anywhere.</summary>
    public Action<string>? Trace { get; }

    /// <summary>Starts a host's process, which recovers.</summary>
    public void Start(SimulatedHost host)
    {
        Trace?.Invoke($"host {host.Index} starts");
        var process = host.Process = new HostProcess();
        var rules = new ChainRules { AdoptFirstHeight = _options.AdoptFirstHeight };
        var options = new ChainOptions(Ask.Chain, KeyOf(host, process), SignExtensions: true, rules)
        {
            SnapshotEvery = _options.SnapshotEvery,
            KeepEvents = _options.KeepEvents,
        };
        var name = $"{_name}-{_processes.Count}";
        _processes[name] = (host, process);
        _laboratory.System.ActorOf(Props.Create<HostSupervisor>(process, _options.Signer(options), () => OnGone(host, process)), name);
    }

    /// <summary>The machine dies. What it has sent is on its way.</summary>
    public void Crash(SimulatedHost host)
    {
        var process = host.Process!;
        OnGone(host, process);
        _laboratory.System.Stop(process.Supervisor);
    }

    /// <summary>A sentry asks a host. A host that is down does not answer.</summary>
    /// <param name="host">The host.</param>
    /// <param name="request">What is asked.</param>
    /// <param name="onReply">Gets the answer.</param>
    /// <param name="deadline">Cancelled when the sentry gives up.</param>
    public void Sign(SimulatedHost host, SignRequest request, Action<SignReply>? onReply = null, CancellationToken deadline = default)
    {
        var message = ToMessage(SignedMessage.Of(request));
        Checker.Asked(message);
        Send(host, $"request {message}", new ChainMessages.Sign(request, deadline), reply =>
        {
            if (reply is SignReply.Signed signed) OnSigned(host, request, signed);
            else Trace?.Invoke($"  host {host.Index} answers {((SignReply.Refused)reply).Refusal}");
            onReply?.Invoke((SignReply)reply);
        });
    }

    /// <summary>Tells a host's chain something and forgets the answer.</summary>
    public void Tell(SimulatedHost host, string text, object message) => Send(host, text, message, _ => { });

    /// <summary>Lets a pending operation happen.</summary>
    public void Happen(Pending what)
    {
        Pending.Remove(what);
        Trace?.Invoke(what.ToString());
        what.Happen();
    }

    /// <summary>Lets a pending operation fail.</summary>
    public void Fail(Pending what)
    {
        Pending.Remove(what);
        Trace?.Invoke($"{what}: lost");
        what.Fail();
    }

    /// <summary>Lets everything that is on its way arrive, oldest first, and starts the hosts that are down.</summary>
    /// <returns>Whether it came to rest without a violation.</returns>
    public bool Settle()
    {
        for (var steps = 0; steps < Endless && Checker.Violation is null; steps++)
        {
            if (Pending.Count > 0) Happen(Pending[0]);
            else if (Hosts.FirstOrDefault(h => h.Process is null) is { } down) Start(down);
            else return true;
        }

        Checker.Violate($"endless: something is still going on after {Endless} steps");
        return false;
    }

    /// <summary>Time passes for all.</summary>
    public void Advance(TimeSpan time) => _laboratory.Advance(time);

    /// <inheritdoc/>
    public void Dispose()
    {
        _laboratory.Store = null;
        foreach (var host in Hosts.Where(h => h.Process is not null)) Crash(host);
        _laboratory.Advance(TimeSpan.FromMinutes(1)); // Timers that nobody waits for any more are dropped when they are due.
    }

    /// <summary>A message for the checker.</summary>
    public static Message ToMessage(SignedMessage message) => new(
        ToPosition(message.Hrs), message.Block is null ? "nil" : message.Block.Abbreviated[..2], message.PolRound, message.Timestamp.Seconds);

    private static Position ToPosition(Hrs hrs) => new(hrs.Height.Value, hrs.Round.Value, (int)hrs.Step);

    private void Send(SimulatedHost host, string text, object message, Action<object> onReply)
    {
        if (host.Process is not { } process) return;
        var asker = new ReplyRef(_laboratory.System, reply =>
        {
            if (!process.IsGone) onReply(reply);
        });
        Pending.Add(new Pending(host, process, Way.Local, text, () => process.Chain.Tell(message, asker)));
    }

    // The node puts the timestamp of the answer into its own message.
    private void OnSigned(SimulatedHost host, SignRequest request, SignReply.Signed signed)
    {
        var recorded = SignedMessage.Of(request) with { Timestamp = signed.Timestamp };
        var message = ToMessage(recorded);
        Trace?.Invoke($"  host {host.Index} signs {message}");
        if (signed.Signature != _laboratory.SignatureOf(CanonicalSignBytes.Of(Ask.Chain, recorded)))
            Checker.Violate($"bad signature: it does not verify over {message}");
        else
            Checker.Released(message);
    }

    private void OnStored(ChainEvent stored)
    {
        if (stored is ChainEvent.WatermarkAdvanced advanced) Checker.Stored(ToMessage(advanced.Message));
        else Checker.Raised(ToPosition(stored.Position));
    }

    private void OnGone(SimulatedHost host, HostProcess process)
    {
        if (process.IsGone) return;
        Trace?.Invoke($"  host {host.Index} is down");
        process.IsGone = true;
        host.Process = null;
        Pending.RemoveAll(p => p.Process == process && p.Way != Way.ToStore);
    }

    private (SimulatedHost, HostProcess)? OwnerOf(IActorRef actor) =>
        _processes.TryGetValue(actor.Path.Parent.Name, out var owner) && !owner.Process.IsGone ? owner : null;

    private SimulatedKey KeyOf(SimulatedHost host, HostProcess process) => new(_laboratory.PublicKey, bytes =>
    {
        var outcome = new TaskCompletionSource<SignOutcome>();
        Pending.Add(new Pending(
            host, process, Way.Local, "key signs",
            () => outcome.SetResult(SignOutcome.Ok(_laboratory.SignatureOf(bytes))),
            () => outcome.SetResult(SignOutcome.Failed("the device is busy"))));
        return outcome.Task;
    });
}
