using Akka.Actor;
using Kms.Actors.ActiveNode;
using Kms.Actors.Chain;
using Kms.Actors.Tests.Chain;
using Kms.Actors.Tests.Validator;
using Kms.Actors.Validator;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Harness;
using Kms.Testing;

namespace Kms.Actors.Tests.ActiveNode;

/// <summary>Connections and chains come and go while the others sign.</summary>
public sealed class ReconfigureSpecs : Akka.TestKit.Xunit2.TestKit
{
    private static readonly ChainId Other = new("other-1");

    private readonly FaultStore _store;
    private readonly ScriptedKey _key = new();
    private readonly ScriptedKey _otherKey = new();
    private readonly Node _first = new(tcp: false);
    private readonly Node _second = new(tcp: true);
    private readonly ValidatorDialer _dialer = new(Kms.Protocol.SecretConnection.IdentityKey.FromSeed(new byte[32]));
    private int _onlyDisconnected;

    public ReconfigureSpecs() : this(new FaultStore()) { }

    private ReconfigureSpecs(FaultStore store) : base(store.Hocon())
    {
        _store = store;
        store.Append(ChainStateActor.PersistenceIdOf(Ask.Chain), new ChainEvent.FloorRaised(Ask.Chain, new Hrs(0, 0, Step.Proposal), "test"));
        store.Append(ChainStateActor.PersistenceIdOf(Other), new ChainEvent.FloorRaised(Other, new Hrs(0, 0, Step.Proposal), "test"));
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _first.Dispose();
        _second.Dispose();
        _store.Dispose();
    }

    [Fact]
    public async Task What_is_added_and_removed_is_no_matter_to_what_stays()
    {
        var kms = StartKms(_first.Options);
        await using var first = await _first.AcceptAsync();
        await Node.AssertSigns(first, _key, Node.Prevote(5, Ask.A));
        var (connection, chain) = (await Child(kms, "validator-1"), await Child(kms, ChainSupervision.ActorName(Ask.Chain)));

        await ChangeAsync(kms, add: [_second.Options]);
        await using (var second = await _second.AcceptAsync())
        {
            await Node.AssertSigns(second, _key, Node.Prevote(6, Ask.A));
            await ChangeAsync(kms, remove: [_second.Options]);
            Assert.IsType<SignerReply.Closed>(await second.PingAsync(CancellationToken.None));
        }

        await ChangeAsync(kms, add: [_second.Options]); // Under another name: the first one's may not be free yet.
        await using var again = await _second.AcceptAsync();
        await Node.AssertSigns(again, _key, Node.Prevote(7, Ask.A));
        await Child(kms, "validator-3");

        await Node.AssertSigns(first, _key, Node.Prevote(8, Ask.A)); // On the socket of the beginning, by the same actors.
        Assert.Equal(connection, await Child(kms, "validator-1"));
        Assert.Equal(chain, await Child(kms, ChainSupervision.ActorName(Ask.Chain)));
    }

    [Fact]
    public async Task A_connection_that_is_removed_answers_what_is_in_flight_and_its_chain_outlives_it()
    {
        var kms = StartKms(_first.Options);
        await using var first = await _first.AcceptAsync();
        await Node.AssertAlive(first);
        await AddOtherAsync(kms);
        await using var second = await _second.AcceptAsync();
        await Node.AssertAlive(second);
        var release = new TaskCompletionSource();
        _store.Next(new WriteFault.Hold(release.Task));
        var signing = Node.AssertSigns(second, _otherKey, OtherPrevote(5));
        await _store.Reached(ChainWorld.Patience);

        var change = ChangeAsync(kms, remove: [OtherOptions], removeChains: [Other]);
        Assert.Equal("another change is not finished yet", (await Send(kms, new ActiveNodeMessages.Reconfigure([], [], [], []))).Error);
        await Child(kms, ChainSupervision.ActorName(Other));
        Assert.False(signing.IsCompleted);
        Assert.False(change.IsCompleted);
        release.SetResult();
        await signing;
        await change;

        var running = await RunningAsync(kms);
        Assert.Equal([Ask.Chain], running.Chains);
        Assert.Equal([_first.Options], running.Validators);
        await Node.AssertSigns(first, _key, Node.Prevote(6, Ask.A));
        await AddOtherAsync(kms); // The names are free again, and the state is that of before.
        await using var back = await _second.AcceptAsync();
        await Node.AssertSigns(back, _otherKey, OtherPrevote(5));
        Assert.Single(_otherKey.Given.Distinct());
    }

    [Fact]
    public async Task A_changed_connection_dials_only_when_the_old_one_is_closed()
    {
        var kms = StartKms(_second.Options);
        await using var old = await _second.AcceptAsync();
        await Node.AssertAlive(old);
        var release = new TaskCompletionSource();
        _store.Next(new WriteFault.Hold(release.Task));
        var signing = Node.AssertSigns(old, _key, Node.Prevote(5, Ask.A));
        await _store.Reached(ChainWorld.Patience);

        // The same node under another peer id rule: any.
        var changed = _second.Options with { Address = ((ValidatorAddress.Tcp)_second.Address) with { Peer = null }, MaxHeight = new Height(6) };
        var change = ChangeAsync(kms, remove: [_second.Options], add: [changed]);
        var running = await RunningAsync(kms);
        Assert.Equal([_second.Options], running.Validators);
        release.SetResult();
        await signing;
        await change;
        await using var @new = await _second.AcceptAsync();
        await Node.AssertSigns(@new, _key, Node.Prevote(6, Ask.A));
        Assert.Contains("planned halt at 6", await Node.AssertRefuses(@new, Node.Prevote(7, Ask.A), code: 1), StringComparison.Ordinal);
        Assert.Equal(0, _onlyDisconnected); // For a moment there was no connection; that is not the end.
    }

    [Fact]
    public async Task When_only_ended_connections_are_left_the_program_is_told()
    {
        var kms = Watch(StartKms(_first.Options with { Reconnect = false }, _second.Options));
        await using (var first = await _first.AcceptAsync()) await Node.AssertAlive(first);
        await using var second = await _second.AcceptAsync();
        await Node.AssertAlive(second);
        await AwaitConditionAsync(async () => (await RunningAsync(kms)).Validators.Count == 1, ChainWorld.Patience);
        Assert.Equal(0, _onlyDisconnected);
        await ChangeAsync(kms, remove: [_second.Options]);
        ExpectTerminated(kms, ChainWorld.Patience);
        Assert.Equal(1, _onlyDisconnected);
    }

    [Fact]
    public async Task A_stop_in_the_middle_of_a_change_ends_both()
    {
        var kms = Watch(StartKms(_first.Options, _second.Options));
        await using var first = await _first.AcceptAsync();
        await using var second = await _second.AcceptAsync();
        await Node.AssertAlive(second);
        var release = new TaskCompletionSource();
        _store.Next(new WriteFault.Hold(release.Task));
        var signing = Node.AssertSigns(second, _key, Node.Prevote(5, Ask.A));
        await _store.Reached(ChainWorld.Patience);
        var change = Send(kms, new ActiveNodeMessages.Reconfigure([_second.Options], [], [], []));
        kms.Tell(ActiveNodeMessages.Stop.Instance);
        Assert.Equal("the program is stopping", (await change).Error);
        release.SetResult();
        await signing;
        ExpectTerminated(kms, ChainWorld.Patience);
        Assert.Equal(0, _onlyDisconnected);
    }

    [Fact]
    public async Task A_chain_is_asked_by_its_name()
    {
        var kms = StartKms(_first.Options);
        await using var first = await _first.AcceptAsync();
        await Node.AssertSigns(first, _key, Node.Prevote(5, Ask.A));
        var state = await kms.Ask<ChainMessages.State>(new ActiveNodeMessages.AskChain(Ask.Chain, ChainMessages.GetState.Instance), ChainWorld.Patience);
        Assert.Equal(new Hrs(5, 0, Step.Prevote), state.Watermark!.Floor);
        var unknown = await kms.Ask<ActiveNodeMessages.UnknownChain>(new ActiveNodeMessages.AskChain(Other, ChainMessages.GetState.Instance), ChainWorld.Patience);
        Assert.Equal(Other, unknown.Chain);
    }

    [Fact]
    public async Task What_cannot_be_done_is_refused_before_anything_is()
    {
        var kms = StartKms(_first.Options);
        var twice = new ActiveNodeMessages.Reconfigure([_first.Options], [], [new ChainOptions(Ask.Chain, _key, SignExtensions: false, ChainRules.Default)], []);
        Assert.Equal($"chain {Ask.Chain} is running already", (await Send(kms, twice)).Error);
        Assert.Equal($"chain {Other} is not running", (await Send(kms, new([_first.Options], [], [], [(OtherOptions, _dialer)]))).Error);
        Assert.Equal($"chain {Ask.Chain} is not running", (await Send(kms, new([], [Ask.Chain], [], [(_second.Options, _dialer)]))).Error);
        await using var first = await _first.AcceptAsync();
        await Node.AssertSigns(first, _key, Node.Prevote(5, Ask.A));
    }

    private ValidatorOptions OtherOptions => _second.Options with { Chain = Other };

    private static VoteMessage OtherPrevote(long height) => Node.Prevote(height, Ask.A) with { Chain = Other };

    private Task AddOtherAsync(IActorRef kms) =>
        ChangeAsync(kms, add: [OtherOptions], addChains: [new ChainOptions(Other, _otherKey, SignExtensions: false, ChainRules.Default)]);

    private async Task ChangeAsync(
        IActorRef kms, ValidatorOptions[]? remove = null, ValidatorOptions[]? add = null, ChainId[]? removeChains = null, ChainOptions[]? addChains = null) =>
        Assert.Null((await Send(kms, new ActiveNodeMessages.Reconfigure(
            remove ?? [], removeChains ?? [], addChains ?? [], [.. (add ?? []).Select(v => (v, _dialer))]))).Error);

    private static Task<ActiveNodeMessages.Reconfigured> Send(IActorRef kms, ActiveNodeMessages.Reconfigure change) =>
        kms.Ask<ActiveNodeMessages.Reconfigured>(change, ChainWorld.Patience);

    private static Task<ActiveNodeMessages.Running> RunningAsync(IActorRef kms) =>
        kms.Ask<ActiveNodeMessages.Running>(ActiveNodeMessages.GetRunning.Instance, ChainWorld.Patience);

    private static Task<IActorRef> Child(IActorRef kms, string name) => ChainWorld.Child(kms, name);

    private IActorRef StartKms(params ValidatorOptions[] validators)
    {
        var chain = new ChainOptions(Ask.Chain, _key, SignExtensions: false, ChainRules.Default);
        var options = new ActiveNodeOptions([chain], [.. validators.Select(v => (v, _dialer))], () => Interlocked.Increment(ref _onlyDisconnected));
        return Sys.ActorOf(Props.Create(() => new ActiveNodeActor(options)), "kms");
    }
}
