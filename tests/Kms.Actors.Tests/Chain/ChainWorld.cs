using System.Collections.Concurrent;
using System.Diagnostics;
using Akka.Actor;
using Akka.Event;
using Akka.Pattern;
using Kms.Actors.Chain;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Protocol.SignBytes;
using Kms.Testing;

namespace Kms.Actors.Tests.Chain;

/// <summary>A chain's actor on a faulty journal with a scripted key. However a test ends, the key was given nothing that was not on the
/// disk before.</summary>
public sealed class ChainWorld : IAsyncDisposable
{
    /// <summary>Longer than anything takes on the slowest machine; no test waits for it to pass.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly List<ActorSystem> _systems = [];
    private readonly List<SignBytes> _unrecorded = [];

    /// <summary>An empty disk.</summary>
    public ChainWorld() => Key = new ScriptedKey { Witness = CheckRecorded };

    /// <summary>The disk.</summary>
    public FaultStore Store { get; } = new();

    /// <summary>The key.</summary>
    public ScriptedKey Key { get; }

    /// <summary>Extension bytes, which are signed without an event of their own.</summary>
    public HashSet<SignBytes> Extensions { get; } = [];

    /// <summary>Sign bytes of raw bytes, which no event records; a test may add some while others are signed.</summary>
    public ConcurrentBag<SignBytes> RawBytes { get; } = [];

    /// <summary>Name of the chain's journal.</summary>
    public static string Id => ChainStateActor.PersistenceIdOf(Ask.Chain);

    /// <summary>The chain's events on the disk.</summary>
    public IReadOnlyList<ChainEvent> Events => [.. Store.Events(Id).Cast<ChainEvent>()];

    /// <summary>The default options with the world's key.</summary>
    public ChainOptions Options => new(Ask.Chain, Key, SignExtensions: true, ChainRules.Default) { LookAgain = Timeout.InfiniteTimeSpan };

    /// <summary>Starts another process with the chain's supervisor.</summary>
    /// <param name="options">The chain's options.</param>
    /// <param name="overrides">HOCON.</param>
    /// <param name="quick">Restarts at once.</param>
    public IActorRef Start(ChainOptions? options = null, string overrides = "", bool quick = false)
    {
        var system = ActorSystem.Create("chain", Store.Hocon(overrides));
        _systems.Add(system);
        system.EventStream.Subscribe(system.ActorOf(Props.Create(() => new Answerer())), typeof(DeadLetter));
        return system.ActorOf(quick ? Quick(options ?? Options) : ChainSupervision.Props(options ?? Options), "chain");
    }

    /// <summary>Starts a process whose chain has signed nothing yet but may.</summary>
    public IActorRef StartNew(ChainOptions? options = null, string overrides = "", bool quick = false)
    {
        Store.Append(Id, new ChainEvent.FloorRaised(Ask.Chain, new Hrs(0, 0, Step.Proposal), "test"));
        return Start(options, overrides, quick);
    }

    /// <summary>The chain's supervisor, impatient: for tests in which a chain fails a hundred times.</summary>
    public static Props Quick(ChainOptions options)
    {
        var start = new StartClaims(options.Claims);
        var state = Props.Create(() => new ChainStateActor(options, start));
        return BackoffSupervisor.Props(
            Backoff.OnStop(state, $"state-{Ask.Chain}", TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(10), 0, -1)
                .WithDefaultStoppingStrategy()
                .WithReplyWhileStopped(new SignReply.Refused(new Refusal(RefusalReason.Unavailable, Ask.Chain, null, null))));
    }

    /// <summary>Asks once.</summary>
    public static Task<SignReply> Sign(IActorRef chain, SignRequest request, CancellationToken deadline = default) =>
        chain.Ask<SignReply>(new ChainMessages.Sign(request, deadline), Patience, CancellationToken.None);

    /// <summary>Asks as a node does, again and again while the chain is being restarted.</summary>
    public static async Task<SignReply> SignAgainAndAgain(IActorRef chain, SignRequest request)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var reply = await Sign(chain, request);
            if (reply is not SignReply.Refused { Refusal.Reason: RefusalReason.Unavailable }) return reply;
            Assert.True(Stopwatch.GetElapsedTime(started) < Patience, "the chain did not come back");
            await Task.Delay(10);
        }
    }

    /// <summary>The state actor below its supervisor.</summary>
    public static Task<IActorRef> Child(IActorRef supervisor) => Child(supervisor, $"state-{Ask.Chain}");

    /// <summary>A child by name, as soon as it is there.</summary>
    public static async Task<IActorRef> Child(IActorRef parent, string name)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var identity = await new ActorSelection(parent, name).Ask<ActorIdentity>(new Identify(1), Patience);
            if (identity.Subject is { } child) return child;
            Assert.True(Stopwatch.GetElapsedTime(started) < Patience, $"{name} did not come");
            await Task.Delay(10);
        }
    }

    /// <summary>Lets the state actor crash and waits until it is gone.</summary>
    public static async Task Crash(IActorRef supervisor) => await (await Child(supervisor)).GracefulStop(Patience, Kill.Instance);

    /// <summary>Signed, over these bytes, by this key.</summary>
    public SignReply.Signed AssertSigned(SignReply reply, SignBytes bytes)
    {
        var signed = reply as SignReply.Signed;
        Assert.True(signed is not null, reply.ToString());
        Assert.True(SignatureVerifier.Verify(Key.PublicKey, bytes.Span, signed.Signature));
        return signed;
    }

    /// <summary>Refused for this reason.</summary>
    public static Refusal AssertRefused(RefusalReason reason, SignReply reply)
    {
        var refused = reply as SignReply.Refused;
        Assert.True(refused?.Refusal.Reason == reason, $"{reason} expected, not {reply}");
        return refused!.Refusal;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_systems.Select(s => s.Terminate()));
        Store.Dispose();
        Assert.Empty(_unrecorded);
    }

    /// <summary>Answers what a stopped chain left behind, as the active node does.</summary>
    public sealed class Answerer : ReceiveActor
    {
        /// <summary>Ready.</summary>
        public Answerer() => Receive<DeadLetter>(letter =>
        {
            if (letter.Message is ChainMessages.Sign or ChainMessages.SignRaw)
                letter.Sender.Tell(new SignReply.Refused(new Refusal(RefusalReason.Unavailable, Ask.Chain, null, null)));
        });
    }

    private void CheckRecorded(SignBytes bytes)
    {
        var recorded = Events.OfType<ChainEvent.WatermarkAdvanced>().Any(e => e.Message.SignBytes == bytes);
        if (recorded || Extensions.Contains(bytes) || RawBytes.Contains(bytes)) return;
        lock (_unrecorded) _unrecorded.Add(bytes);
    }
}
