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

/// <summary>The whole tree: two validators of one chain over Unix sockets.</summary>
public sealed class ActiveNodeSpecs : Akka.TestKit.Xunit2.TestKit
{
    private readonly FaultStore _store;
    private readonly ScriptedKey _key = new();
    private readonly Node _first = new(tcp: false);
    private readonly Node _second = new(tcp: false);
    private int _cannotGoOn;

    public ActiveNodeSpecs() : this(new FaultStore()) { }

    private ActiveNodeSpecs(FaultStore store) : base(store.Hocon())
    {
        _store = store;
        store.Append(ChainWorld.Id, new ChainEvent.FloorRaised(Ask.Chain, new Hrs(0, 0, Step.Proposal), "test"));
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _first.Dispose();
        _second.Dispose();
        _store.Dispose();
    }

    [Fact]
    public async Task The_validators_of_a_chain_share_its_state()
    {
        StartKms();
        await using var first = await _first.AcceptAsync();
        await using var second = await _second.AcceptAsync();
        var signed = await Node.AssertSigns(first, _key, Node.Prevote(5, Ask.A));
        await Node.AssertRefuses(second, Node.Prevote(5, Ask.B), code: 2);
        var same = await Node.AssertSigns(second, _key, Node.Prevote(5, Ask.A));
        Assert.Equal(signed.Signature.Span, same.Signature.Span);
        await Node.AssertSigns(second, _key, Node.Prevote(6, Ask.B));
        await Node.AssertRefuses(first, Node.Prevote(6, Ask.A), code: 2);
        Assert.Equal(2, _key.Given.Count);
    }

    [Fact]
    public async Task Stop_answers_what_is_in_flight_before_the_chain_stops()
    {
        var kms = Watch(StartKms());
        await using var first = await _first.AcceptAsync();
        await using var second = await _second.AcceptAsync();
        await Node.AssertAlive(first);
        await Node.AssertAlive(second);
        var release = new TaskCompletionSource();
        _store.Next(new WriteFault.Hold(release.Task));
        var signing = Node.AssertSigns(first, _key, Node.Prevote(5, Ask.A));
        await _store.Reached(ChainWorld.Patience);
        var chain = await ChainWorld.Child(kms, ChainSupervision.ActorName(Ask.Chain));

        kms.Tell(ActiveNodeMessages.Stop.Instance);
        kms.Tell(ActiveNodeMessages.Stop.Instance);
        Assert.IsType<SignerReply.Closed>(await Ended(second)); // The idle one closes at once,
        await chain.Ask<ActorIdentity>(new Identify(1), ChainWorld.Patience); // the chain still serves the other,
        Assert.False(signing.IsCompleted);
        release.SetResult();
        await signing;
        ExpectTerminated(kms, ChainWorld.Patience); // and the tree is gone when it has its answer.
        Assert.Equal(0, _cannotGoOn);
    }

    [Fact]
    public async Task A_connection_that_crashes_is_started_again()
    {
        var kms = StartKms();
        for (var i = 0; i < 3; i++)
        {
            await using var connection = await _first.AcceptAsync();
            await Node.AssertAlive(connection);
            (await ChainWorld.Child(kms, "validator-1")).Tell(Kill.Instance);
            Assert.IsType<SignerReply.Closed>(await Ended(connection));
        }

        await using var again = await _first.AcceptAsync();
        await Node.AssertSigns(again, _key, Node.Prevote(5, Ask.A));
    }

    // A reload may have removed what it was started with.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_node_itself_is_not_started_again_and_the_program_is_told(bool killed)
    {
        var kms = Watch(StartKms());
        await using var first = await _first.AcceptAsync();
        await Node.AssertAlive(first);

        kms.Tell(killed ? Kill.Instance : new ActiveNodeMessages.Reconfigure(null!, null!, null!, null!));

        Assert.IsType<SignerReply.Closed>(await Ended(first));
        ExpectTerminated(kms, ChainWorld.Patience);
        Assert.Equal(1, _cannotGoOn);
    }

    [Fact]
    public async Task A_chain_that_stops_comes_back_and_no_connection_notices_more_than_a_refusal()
    {
        var kms = StartKms();
        await using var connection = await _first.AcceptAsync();
        await Node.AssertSigns(connection, _key, Node.Prevote(5, Ask.A));
        await ChainWorld.Crash(await ChainWorld.Child(kms, ChainSupervision.ActorName(Ask.Chain)));
        var refusals = 0;
        while (await connection.SignAsync(Node.Prevote(6, Ask.A), CancellationToken.None) is SignerReply.Error error)
        {
            Assert.Contains("chain not available at chain test-chain-1", error.Text, StringComparison.Ordinal);
            Assert.True(++refusals < 10_000);
        }

        await Node.AssertRefuses(connection, Node.Prevote(5, Ask.B), code: 1);
        await Node.AssertSigns(connection, _key, Node.Prevote(6, Ask.A));
    }

    [Fact]
    public async Task A_request_that_waits_at_a_chain_while_its_journal_fails_is_answered()
    {
        var kms = StartKms();
        var chain = await ChainWorld.Child(await ChainWorld.Child(kms, ChainSupervision.ActorName(Ask.Chain)));
        var release = new TaskCompletionSource();
        _store.Next(new WriteFault.Hold(release.Task, Lands: false));
        var stored = chain.Ask<SignReply>(new ChainMessages.Sign(Canonical.Prevote(5, 0, Ask.A), CancellationToken.None), ChainWorld.Patience);
        var waiting = chain.Ask<SignReply>(new ChainMessages.Sign(Canonical.Prevote(6, 0, Ask.A), CancellationToken.None), ChainWorld.Patience);
        var raw = new RawBytesRequest.CometBft(new byte[] { 1 });
        var rawWaiting = chain.Ask<SignReply>(new ChainMessages.SignRaw(Ask.Chain, raw, CancellationToken.None), ChainWorld.Patience);
        await chain.Ask<ActorIdentity>(new Identify(1), ChainWorld.Patience); // All have reached the actor; the others wait for the first.
        release.SetResult();
        ChainWorld.AssertRefused(RefusalReason.JournalFailed, await stored);
        ChainWorld.AssertRefused(RefusalReason.Unavailable, await waiting);
        ChainWorld.AssertRefused(RefusalReason.Unavailable, await rawWaiting);
        Assert.Empty(_key.Given);
    }

    [Fact]
    public async Task When_the_last_connection_has_ended_for_good_the_program_is_told_once()
    {
        var kms = Watch(StartKms(reconnect: false));
        var first = await _first.AcceptAsync();
        await using (var second = await _second.AcceptAsync())
        {
            await Node.AssertAlive(first);
            await first.DisposeAsync();
            await Node.AssertSigns(second, _key, Node.Prevote(5, Ask.A));
            Assert.Equal(0, _cannotGoOn);
        }

        ExpectTerminated(kms, ChainWorld.Patience);
        Assert.Equal(1, _cannotGoOn);
    }

    private IActorRef StartKms(bool reconnect = true)
    {
        var chain = new ChainOptions(Ask.Chain, _key, SignExtensions: false, ChainRules.Default);
        var dialer = new ValidatorDialer(null);
        var validators = new[] { _first, _second }.Select(node => (node.Options with { Reconnect = reconnect }, dialer)).ToList();
        var options = new ActiveNodeOptions([chain], validators, () => Interlocked.Increment(ref _cannotGoOn));
        return Sys.ActorOf(Props.Create(() => new ActiveNodeActor(options)), "kms");
    }

    // A ping may still be answered while the actor is on its way out.
    private static async Task<SignerReply> Ended(SignerConnection connection)
    {
        SignerReply reply;
        do reply = await connection.PingAsync(CancellationToken.None);
        while (reply is SignerReply.Pong);
        return reply;
    }
}
