using System.Net;
using Akka.Actor;
using Akka.Event;
using Akka.TestKit;
using Kms.Actors.Chain;
using Kms.Actors.Tests.Chain;
using Kms.Actors.Validator;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Harness;
using Kms.Protocol.KeyEncoding;
using Kms.Protocol.SecretConnection;
using Kms.Protocol.SignBytes;
using Kms.Testing;

namespace Kms.Actors.Tests.Validator;

/// <summary>One validator's connection over real sockets, with the chain's actor behind it.</summary>
public sealed class ValidatorConnectionSpecs : Akka.TestKit.Xunit2.TestKit
{
    private readonly FaultStore _store;
    private readonly ScriptedKey _key = new();
    private readonly IdentityKey _identity = IdentityKey.Generate();
    private readonly IActorRef _chain;
    private readonly TestProbe _errors;

    public ValidatorConnectionSpecs() : this(new FaultStore()) { }

    private ValidatorConnectionSpecs(FaultStore store) : base(store.Hocon("akka.loglevel = DEBUG"))
    {
        _store = store;
        store.Append(ChainWorld.Id, new ChainEvent.FloorRaised(Ask.Chain, new Hrs(0, 0, Step.Proposal), "test"));
        _chain = Sys.ActorOf(ChainSupervision.Props(new ChainOptions(Ask.Chain, _key, SignExtensions: false, ChainRules.Default)
        {
            RawBytes = new RawBytesPolicy(RawBytesForm.Celestia, [], 1000),
        }), "chain");
        _errors = CreateTestProbe();
        Sys.EventStream.Subscribe(_errors, typeof(Error));
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _identity.Dispose();
        _store.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Requests_are_served_and_refusals_keep_the_socket(bool tcp)
    {
        using var node = new Node(tcp);
        Dial(node.Options with { MaxHeight = new Height(100) });
        await using var connection = await node.AcceptAsync();
        await Node.AssertAlive(connection);
        var key = Assert.IsType<SignerReply.PublicKey>(await connection.GetPublicKeyAsync(Ask.Chain, CancellationToken.None));
        Assert.Equal(_key.PublicKey.Span, key.Bytes.Span);

        var first = await Node.AssertSigns(connection, _key, Node.Prevote(5, Ask.A));
        Assert.Equal("double signing requested at height: 5 at chain test-chain-1: asked 5/0/1, last signed 5/0/1 (AAAAAAAAAA != BBBBBBBBBB)",
            await Node.AssertRefuses(connection, Node.Prevote(5, Ask.B), code: 2));
        Assert.Equal("height regression at chain test-chain-1: asked 4/0/1, last signed 5/0/1",
            await Node.AssertRefuses(connection, Node.Prevote(4, Ask.A), code: 1));
        Assert.Equal("above max_height at chain test-chain-1: asked 101/0/1 (planned halt at 100)",
            await Node.AssertRefuses(connection, Node.Prevote(101, Ask.A), code: 1));
        Assert.Contains("wrong chain id", await Node.AssertRefuses(connection, Node.Prevote(6, Ask.A) with { Chain = new ChainId("other") }, code: 1), StringComparison.Ordinal);
        Assert.Contains("the request names chain other",
            Assert.IsType<SignerReply.Error>(await connection.GetPublicKeyAsync(new ChainId("other"), CancellationToken.None)).Text, StringComparison.Ordinal);

        await Node.AssertAlive(connection);
        var again = await Node.AssertSigns(connection, _key, Node.Prevote(5, Ask.A));
        Assert.Equal(first.Signature.Span, again.Signature.Span);
        await Node.AssertSigns(connection, _key, Node.Prevote(100, Ask.A));
    }

    [Fact]
    public async Task Raw_bytes_are_answered_in_their_own_reply_and_keep_the_socket()
    {
        using var raw = new RawNode();
        Dial(new ValidatorOptions(Ask.Chain, new ValidatorAddress.Unix(raw.Path), ChainWorld.Patience, Reconnect: true, null));
        await raw.AcceptAsync();
        var chain = "0a0c" + Convert.ToHexString(Ask.Chain.Utf8);
        var expected = _key.Sign(RawBytesSignBytes.Of(Ask.Chain, [1, 2], "x"u8)); // Its Ed25519 is deterministic, as RFC 8032 has it.

        Assert.Equal("52420a40" + expected, await raw.AskForBodyAsync("174a15" + chain + "12020102" + "1a0178"));
        Assert.StartsWith("52", await raw.AskForBodyAsync("054a030a0101"), StringComparison.Ordinal); // CometBFT's form, which is not allowed.
        Assert.StartsWith("52", await raw.AskForBodyAsync("034a0112"), StringComparison.Ordinal); // A request that ends early.
        Assert.StartsWith("52", await raw.AskForBodyAsync("174a15" + chain.Replace('7', '6') + "12020102" + "1a0178"), StringComparison.Ordinal); // Another chain.
        Assert.Equal("4200", await raw.AskForBodyAsync("023a00"));
        Assert.Single(_key.Given);
    }

    [Fact]
    public async Task Messages_that_are_no_requests_are_answered_and_keep_the_socket()
    {
        using var raw = new RawNode();
        Dial(new ValidatorOptions(Ask.Chain, new ValidatorAddress.Unix(raw.Path), ChainWorld.Patience, Reconnect: true, null));
        await raw.AcceptAsync();
        var (publicKeyResponse, signedVote, signedProposal, pong) = (0x12, 0x22, 0x32, 0x42);
        Assert.Equal(publicKeyResponse, await raw.AskAsync("00")); // An empty message.
        Assert.Equal(publicKeyResponse, await raw.AskAsync("026200")); // Field 12, which nobody knows.
        Assert.Equal(publicKeyResponse, await raw.AskAsync("024200")); // A reply.
        Assert.Equal(publicKeyResponse, await raw.AskAsync("01ff")); // No protobuf at all.
        Assert.Equal(signedVote, await raw.AskAsync("021aff")); // A vote request that ends early.
        Assert.Equal(signedVote, await raw.AskAsync("021a00")); // A vote request without a vote.
        Assert.Equal(signedProposal, await raw.AskAsync("032a05ff"));
        Assert.Equal(pong, await raw.AskAsync("023a00"));
    }

    [Fact]
    public async Task Broken_framing_ends_the_connection_and_the_next_one_works()
    {
        using var raw = new RawNode();
        Dial(new ValidatorOptions(Ask.Chain, new ValidatorAddress.Unix(raw.Path), ChainWorld.Patience, Reconnect: true, null));
        await raw.AcceptAsync();
        await raw.SendAsync("ffffffffffffffffffff01");
        Assert.Equal(-1, await raw.ReadByteAsync());
        Assert.Contains("the frame length is not a 64-bit number", Error(), StringComparison.Ordinal);
        await raw.AcceptAsync();
        Assert.Equal(0x42, await raw.AskAsync("023a00"));
    }

    [Fact]
    public async Task A_node_with_another_identity_is_refused()
    {
        using var node = new Node(tcp: true);
        Assert.True(NodeId.TryParse("00112233445566778899aabbccddeeff00112233", out var other));
        Dial(node.Options with { Address = (ValidatorAddress.Tcp)node.Address with { Peer = other } });
        await using var connection = await node.AcceptAsync();
        Assert.IsType<SignerReply.Closed>(await connection.PingAsync(CancellationToken.None));
        Assert.Contains($"validator peer ID mismatch! (expected {other}, got {node.Listener.NodeId})", Error(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Over_noise_requests_are_served_and_a_lost_connection_is_dialled_again()
    {
        using var node = new Node(new HarnessEndpoint.Noise(IPAddress.Loopback, 0) { Signer = _identity.PeerId });
        Dial(node.Options);
        for (var height = 5; height < 9; height++)
        {
            await using var connection = await node.AcceptAsync();
            Assert.EndsWith($"(id {_identity.PeerId})", connection.Peer, StringComparison.Ordinal);
            await Node.AssertSigns(connection, _key, Node.Prevote(height, Ask.A));
            await Node.AssertRefuses(connection, Node.Prevote(height, Ask.B), code: 2);
        }
    }

    // The node shakes hands and hangs up. Its operator reads what to do once, not several times a second.
    [Fact]
    public async Task A_node_that_serves_another_signer_is_one_error_with_what_to_write()
    {
        using var other = IdentityKey.Generate();
        using var node = new Node(new HarnessEndpoint.Noise(IPAddress.Loopback, 0) { Signer = other.PeerId });
        using var enough = new CancellationTokenSource();
        var (infos, repeated) = (CreateTestProbe(), CreateTestProbe());
        Sys.EventStream.Subscribe(infos, typeof(Info));
        Sys.EventStream.Subscribe(repeated, typeof(Debug));
        Dial(node.Options);
        var accepting = node.Listener.AcceptAsync(ChainWorld.Patience, enough.Token);
        var words = $"before its first request; its priv_validator_laddr must name this signer: noise://{_identity.PeerId}@ip:port";

        Assert.EndsWith(words, Error(), StringComparison.Ordinal);
        for (var i = 0; i < 3; i++) repeated.FishForMessage<Debug>(line => line.Message.ToString()!.EndsWith(words, StringComparison.Ordinal), ChainWorld.Patience);
        await enough.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => accepting);
        _errors.ExpectNoMsg(TimeSpan.Zero);
        infos.FishForMessage<Info>(line => line.Message.ToString()!.Contains("connected to validator", StringComparison.Ordinal), ChainWorld.Patience);
        Assert.DoesNotContain(infos.ReceiveWhile<object>(TimeSpan.Zero, m => m), line => ((Info)line).Message.ToString()!.Contains("connected", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_lost_connection_is_dialled_again(bool tcp)
    {
        using var node = new Node(tcp);
        Dial(node.Options);
        for (var i = 0; i < 4; i++)
        {
            await using var connection = await node.AcceptAsync();
            await Node.AssertAlive(connection);
        }
    }

    [Fact]
    public async Task A_node_that_is_not_there_yet_is_found_when_it_comes()
    {
        using var node = new Node(tcp: true);
        node.Listener.Pause();
        Dial(node.Options);
        Assert.Contains("I/O error", Error(), StringComparison.Ordinal);
        Assert.Null(node.Listener.TryResume());
        await using var connection = await node.AcceptAsync();
        await Node.AssertAlive(connection);
    }

    [Fact]
    public async Task Without_reconnect_the_first_end_is_the_last()
    {
        using var node = new Node(tcp: false);
        var actor = Watch(Dial(node.Options with { Reconnect = false }));
        await using (var connection = await node.AcceptAsync()) await Node.AssertAlive(connection);
        ExpectTerminated(actor, ChainWorld.Patience);
    }

    [Fact]
    public async Task Stop_answers_the_request_in_flight_first()
    {
        using var node = new Node(tcp: true);
        var actor = Watch(Dial(node.Options));
        await using var connection = await node.AcceptAsync();
        var release = new TaskCompletionSource();
        _store.Next(new WriteFault.Hold(release.Task));
        var signing = Node.AssertSigns(connection, _key, Node.Prevote(5, Ask.A));
        await _store.Reached(ChainWorld.Patience);
        actor.Tell(ValidatorConnectionActor.Stop.Instance);
        await actor.Ask<ActorIdentity>(new Identify(null), ChainWorld.Patience); // It has read the first message when it answers the second.
        release.SetResult();
        await signing;
        Assert.IsType<SignerReply.Closed>(await connection.PingAsync(CancellationToken.None));
        ExpectTerminated(actor, ChainWorld.Patience);
    }

    [Theory]
    [InlineData("connecting")]
    [InlineData("disconnected")]
    [InlineData("serving")]
    public async Task Stop_ends_the_actor_in_every_state(string state)
    {
        using var raw = new RawNode(); // Never shakes hands.
        using var node = new Node(tcp: false);
        if (state == "disconnected") node.Listener.Pause();
        var options = state == "connecting"
            ? node.Options with { Address = new ValidatorAddress.Tcp(null, "127.0.0.1", raw.Port) }
            : node.Options;
        var actor = Watch(Dial(options));
        if (state == "connecting") await raw.AcceptTcpAsync();
        if (state == "disconnected") Error();
        if (state == "serving") await Node.AssertAlive(await node.AcceptAsync());
        actor.Tell(ValidatorConnectionActor.Stop.Instance);
        ExpectTerminated(actor, ChainWorld.Patience);
    }

    // The actor crashes while a request is in flight: its successor dials, and then the old session ends. The end of the old one must
    // not be taken for the end of the new one.
    [Fact]
    public async Task The_end_of_an_old_session_does_not_disturb_its_successor()
    {
        using var node = new Node(tcp: false);
        var options = node.Options;
        var parent = Sys.ActorOf(Props.Create(() => new Restarter(ConnectionProps(options))));
        await using var old = await node.AcceptAsync();
        var release = new TaskCompletionSource();
        _store.Next(new WriteFault.Hold(release.Task));
        var signing = old.SignAsync(Node.Prevote(5, Ask.A), CancellationToken.None);
        await _store.Reached(ChainWorld.Patience);

        parent.Tell(Kill.Instance.ToString());
        await using var successor = await node.AcceptAsync();
        await Node.AssertAlive(successor);
        release.SetResult();
        await signing;
        Assert.IsType<SignerReply.Closed>(await old.PingAsync(CancellationToken.None));

        await Node.AssertAlive(successor);
        var (third, _) = await node.Listener.AcceptAsync(TimeSpan.FromMilliseconds(700), CancellationToken.None);
        Assert.Null(third);
        await Node.AssertSigns(successor, _key, Node.Prevote(6, Ask.A));
    }

    private IActorRef Dial(ValidatorOptions options) => Sys.ActorOf(ConnectionProps(options));

    private Props ConnectionProps(ValidatorOptions options)
    {
        var (key, chain, dialer) = (_key.PublicKey, _chain, new ValidatorDialer(_identity));
        return Props.Create(() => new ValidatorConnectionActor(options, key, chain, dialer, TimeProvider.System));
    }

    private string Error() => _errors.ExpectMsg<Error>(ChainWorld.Patience).Message.ToString()!;

    /// <summary>Restarts its child whatever happens to it, as the active node does; any text lets the child crash.</summary>
    private sealed class Restarter : ReceiveActor
    {
        public Restarter(Props child)
        {
            var actor = Context.ActorOf(child);
            Receive<string>(_ => actor.Tell(Kill.Instance));
        }

        protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(-1, TimeSpan.Zero, _ => Directive.Restart);
    }
}
