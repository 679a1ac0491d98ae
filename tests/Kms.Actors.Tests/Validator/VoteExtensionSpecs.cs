using System.Text;
using Akka.Actor;
using Kms.Actors.Chain;
using Kms.Actors.Tests.Chain;
using Kms.Actors.Validator;
using Kms.Core;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Core.Signing;
using Kms.Protocol.SecretConnection;
using Kms.Protocol.SignBytes;
using Kms.Testing;

namespace Kms.Actors.Tests.Validator;

/// <summary>Vote extensions as nodes of 0.38 to 2.0 have them signed, from the socket to a key that counts what it is asked.</summary>
public sealed class VoteExtensionSpecs : Akka.TestKit.Xunit2.TestKit
{
    private static readonly SignBytes Nothing = new([]);

    private readonly FaultStore _store;
    private readonly RawNode _node = new();
    private readonly IdentityKey _identity = IdentityKey.Generate();
    private ScriptedKey _key = new();

    public VoteExtensionSpecs() : this(new FaultStore()) { }

    private VoteExtensionSpecs(FaultStore store) : base(store.Hocon(""))
    {
        _store = store;
        store.Append(ChainWorld.Id, new ChainEvent.FloorRaised(Ask.Chain, new Hrs(0, 0, Step.Proposal), "test"));
    }

    public static TheoryData<KeyAlgorithm> Algorithms => [.. Enum.GetValues<KeyAlgorithm>()];

    protected override void AfterAll()
    {
        base.AfterAll();
        _node.Dispose();
        _identity.Dispose();
        _store.Dispose();
    }

    [Theory, MemberData(nameof(Algorithms))]
    public async Task Both_extensions_are_signed_and_a_repeated_request_gets_everything_from_memory(KeyAlgorithm algorithm)
    {
        await StartAsync(algorithm);
        var request = SignVote.Precommit(5, Ask.A) with { Extension = "data"u8.ToArray(), NonRpExtension = "raw"u8.ToArray() };
        var signed = await AssertSigned(request);
        Assert.Equal([signed.Vote, signed.Extension!, new SignBytes("raw"u8)], _key.Given);

        Assert.Equal(signed.Reply, (await AssertSigned(request)).Reply);
        // The node takes the timestamp that was signed first.
        Assert.Equal(signed.Reply, SignedVote.From(await _node.ExchangeAsync((request with { Seconds = 9 }).ToFrame())));
        Assert.Equal(3, _key.Given.Count);
        Assert.Single(Recorded());
    }

    [Theory, MemberData(nameof(Algorithms))]
    public async Task Other_extensions_are_signed_again_with_the_same_signature_of_the_vote(KeyAlgorithm algorithm)
    {
        await StartAsync(algorithm);
        var request = SignVote.Precommit(5, Ask.A) with { Extension = "data"u8.ToArray(), NonRpExtension = "raw"u8.ToArray() };
        var first = await AssertSigned(request);

        var second = await AssertSigned(request with { Extension = "other"u8.ToArray() });
        Assert.Equal(second.Extension, _key.Given[^1]);
        Assert.Equal(first.Reply with { Extension = second.Reply.Extension }, second.Reply);

        var both = request with { Extension = "other"u8.ToArray(), NonRpExtension = "other"u8.ToArray() };
        var third = await AssertSigned(both);
        Assert.Equal(second.Reply with { NonRpExtension = third.Reply.NonRpExtension }, third.Reply);
        Assert.Equal(third.Reply, (await AssertSigned(both with { Seconds = 9 })).Reply);

        Assert.Equal(5, _key.Given.Count);
        Assert.Single(Recorded());
    }

    [Theory, MemberData(nameof(Algorithms))]
    public async Task An_empty_extension_without_replay_protection_is_signed_once_for_all_heights(KeyAlgorithm algorithm)
    {
        await StartAsync(algorithm);
        for (var height = 1; height <= 5; height++) await AssertSigned(SignVote.Precommit(height, Ask.A) with { Extension = [(byte)height] });
        await AssertSigned(SignVote.Precommit(6, Ask.A) with { NonRpExtension = "raw"u8.ToArray() });
        await AssertSigned(SignVote.Precommit(7, Ask.A));

        Assert.Single(_key.Given, Nothing);
        Assert.Equal(7 + 7 + 2, _key.Given.Count);
    }

    [Theory, MemberData(nameof(Algorithms))]
    public async Task A_node_that_wants_no_extension_signed_gets_none(KeyAlgorithm algorithm)
    {
        await StartAsync(algorithm);
        var height = 1;
        var (data, forged) = ("data"u8.ToArray(), Canonical.Prevote(9, 0, Ask.B).SignBytes.Span.ToArray());
        var votes = new[] { SignVote.Prevote(0, Ask.A), SignVote.Prevote(0, null), SignVote.Precommit(0, Ask.A), SignVote.Precommit(0, null) };
        foreach (var vote in votes)
            foreach (var (extension, nonRp) in new (byte[], byte[])[] { ([], []), (data, []), ([], data), (data, forged) })
                await AssertSigned(vote with { Height = height++, Extension = extension, NonRpExtension = nonRp, SkipsExtensions = true });

        Assert.Equal(16, _key.Given.Count);
        Assert.Equal(16, Recorded().Count());
    }

    [Fact]
    public async Task An_extension_out_of_place_is_refused_and_moves_nothing()
    {
        await StartAsync(KeyAlgorithm.Ed25519);
        var data = "data"u8.ToArray();
        foreach (var vote in new[] { SignVote.Prevote(5, Ask.A), SignVote.Prevote(5, null), SignVote.Precommit(5, null) })
        {
            await AssertRefused("unexpected vote extension", vote with { Extension = data });
            await AssertRefused("unexpected vote extension", vote with { NonRpExtension = data });
        }

        Assert.Empty(Recorded());
        Assert.Empty(_key.Given);
    }

    public static TheoryData<string, SignBytes> Forgeries => new()
    {
        { "a vote", Canonical.Prevote(9, 0, Ask.B).SignBytes },
        { "a vote", Canonical.Precommit(9, 0, null).SignBytes },
        { "a proposal", Canonical.Proposal(9, 0, Ask.B).SignBytes },
        { "a vote extension", CanonicalSignBytes.VoteExtension(Ask.Chain, 9, 0, "data"u8) },
    };

    [Theory, MemberData(nameof(Forgeries))]
    public async Task What_reads_as_a_message_of_consensus_is_no_extension_and_moves_nothing(string shape, SignBytes forged)
    {
        await StartAsync(KeyAlgorithm.Ed25519);
        await AssertRefused($"the non-replay-protected extension of the precommit at 5/0/2 is {shape}",
            SignVote.Precommit(5, Ask.A) with { NonRpExtension = forged.Span.ToArray() });
        Assert.Empty(Recorded());
        Assert.Empty(_key.Given);

        // The other one is signed within a message of its own.
        await AssertSigned(SignVote.Precommit(5, Ask.B) with { Extension = forged.Span.ToArray() });
    }

    [Fact]
    public async Task A_reply_to_the_largest_extensions_fits_into_what_a_node_reads()
    {
        await StartAsync(KeyAlgorithm.Secp256k1);
        var half = Limits.MaxPayloadBytes / 2;
        var request = SignVote.Precommit(5, Ask.A) with { Extension = Filled(half), NonRpExtension = Filled(half) };
        Assert.InRange(request.ToFrame().Length, Limits.MaxPayloadBytes, Limits.MaxRequestBytes);

        var reply = await _node.ExchangeAsync(request.ToFrame());
        Assert.NotNull(SignedVote.From(reply).NonRpExtension);
        Assert.InRange(reply.Length, 3 * Signature.Size, 1000);
    }

    [Fact]
    public async Task An_extension_that_the_key_does_not_sign_is_an_answer_without_any_signature()
    {
        await StartAsync(KeyAlgorithm.Ed25519);
        var request = SignVote.Precommit(5, Ask.A) with { Extension = "data"u8.ToArray() };
        _key.Next(bytes => SignOutcome.Ok(_key.Sign(bytes)));
        _key.Next(bytes => SignOutcome.Ok(_key.Sign(bytes)));
        _key.Next(_ => SignOutcome.Failed("the device is busy"));

        var refused = await AssertRefused("the device is busy", request);
        Assert.Equal((null, null, null), (refused.Signature, refused.Extension, refused.NonRpExtension));
        await AssertSigned(request);
        Assert.Equal([Nothing, Nothing], _key.Given.Skip(2));
    }

    [Theory, InlineData(0), InlineData(1), InlineData(2)]
    public async Task A_key_that_says_nothing_at_all_is_an_answer_without_any_signature(int signed)
    {
        await StartAsync(KeyAlgorithm.Ed25519);
        for (var i = 0; i < signed; i++) _key.Next(bytes => SignOutcome.Ok(_key.Sign(bytes)));
        _key.Next(_ => default);

        var refused = await AssertRefused("returned neither a signature nor a reason", SignVote.Precommit(5, Ask.A));
        Assert.Equal((null, null, null), (refused.Signature, refused.Extension, refused.NonRpExtension));
    }

    [Fact]
    public async Task A_chain_that_signs_no_extensions_signs_none_of_either_kind()
    {
        await StartAsync(KeyAlgorithm.Ed25519, signExtensions: false);
        var request = SignVote.Precommit(5, Ask.A) with { Extension = "data"u8.ToArray(), NonRpExtension = "raw"u8.ToArray() };

        var reply = SignedVote.From(await _node.ExchangeAsync(request.ToFrame()));
        Assert.Equal((null, null, null), (reply.Error, reply.Extension, reply.NonRpExtension));
        Assert.Equal([Canonical.Precommit(5, 0, Ask.A).SignBytes], _key.Given);
    }

    public static TheoryData<string, string> Carried => new() { { "data", "" }, { "", "raw" }, { "data", "raw" } };

    [Theory, MemberData(nameof(Carried))]
    public async Task A_key_that_signs_only_votes_signs_the_precommits_without_extension_and_no_others(string extension, string nonRp)
    {
        await StartAsync(KeyAlgorithm.Ed25519, signsOnlyVotes: true);
        var carrying = SignVote.Precommit(5, Ask.A) with { Extension = Encoding.UTF8.GetBytes(extension), NonRpExtension = Encoding.UTF8.GetBytes(nonRp) };
        await AssertRefused("scripted cannot sign vote extensions, and this precommit has one", carrying);
        Assert.Empty(Recorded());
        Assert.Empty(_key.Given);

        // At the same position: nothing was recorded. A node that wants no extension signed gets none, whatever it sends.
        await AssertSignedAlone(SignVote.Precommit(5, Ask.A));
        await AssertSignedAlone(SignVote.Precommit(6, null));
        await AssertSignedAlone(carrying with { Height = 7, SkipsExtensions = true });
        await AssertRefused("unexpected vote extension", carrying with { Height = 8, Block = null });
        Assert.Equal([Canonical.Precommit(5, 0, Ask.A).SignBytes, Canonical.Precommit(6, 0, null).SignBytes, Canonical.Precommit(7, 0, Ask.A).SignBytes], _key.Given);
    }

    [Fact]
    public async Task A_key_that_signs_only_votes_signs_all_where_no_extensions_are_signed()
    {
        await StartAsync(KeyAlgorithm.Ed25519, signExtensions: false, signsOnlyVotes: true);
        await AssertSignedAlone(SignVote.Precommit(5, Ask.A) with { Extension = "data"u8.ToArray() });
    }

    private async Task AssertSignedAlone(SignVote asked)
    {
        var reply = SignedVote.From(await _node.ExchangeAsync(asked.ToFrame()));
        Assert.Equal((null, null, null), (reply.Error, reply.Extension, reply.NonRpExtension));
        Assert.NotNull(reply.Signature);
    }

    private async Task StartAsync(KeyAlgorithm algorithm, bool signExtensions = true, bool signsOnlyVotes = false)
    {
        _key = new ScriptedKey(algorithm) { SignsOnlyVotes = signsOnlyVotes };
        var chain = Sys.ActorOf(ChainSupervision.Props(new ChainOptions(Ask.Chain, _key, signExtensions, ChainRules.Default)), "chain");
        var options = new ValidatorOptions(Ask.Chain, new ValidatorAddress.Unix(_node.Path), ChainWorld.Patience, Reconnect: true, null);
        var (publicKey, dialer) = (_key.PublicKey, new ValidatorDialer(_identity));
        Sys.ActorOf(Props.Create(() => new ValidatorConnectionActor(options, publicKey, chain, dialer, TimeProvider.System)));
        await _node.AcceptAsync();
    }

    /// <summary>Signed as CometBFT's own signer does: both extensions of a precommit for a block unless they are not wanted, and none elsewhere.</summary>
    private async Task<(SignedVote Reply, SignBytes Vote, SignBytes? Extension)> AssertSigned(SignVote asked)
    {
        var reply = SignedVote.From(await _node.ExchangeAsync(asked.ToFrame()));
        Assert.Null(reply.Error);
        var vote = (asked.Type == 1
            ? Canonical.Prevote(asked.Height, 0, asked.Block, reply.Seconds)
            : Canonical.Precommit(asked.Height, 0, asked.Block, reply.Seconds)).SignBytes;
        Assert.True(SignatureVerifier.Verify(_key.PublicKey, vote.Span, reply.Signature!));
        if (asked.Type == 1 || asked.Block is null || asked.SkipsExtensions)
        {
            Assert.Equal((null, null), (reply.Extension, reply.NonRpExtension));
            return (reply, vote, null);
        }

        var extension = CanonicalSignBytes.VoteExtension(Ask.Chain, asked.Height, 0, asked.Extension);
        Assert.True(SignatureVerifier.Verify(_key.PublicKey, extension.Span, reply.Extension!));
        Assert.True(SignatureVerifier.Verify(_key.PublicKey, asked.NonRpExtension, reply.NonRpExtension!));
        return (reply, vote, extension);
    }

    private async Task<SignedVote> AssertRefused(string words, SignVote asked)
    {
        var reply = SignedVote.From(await _node.ExchangeAsync(asked.ToFrame()));
        Assert.Contains(words, reply.Error, StringComparison.Ordinal);
        return reply;
    }

    private IEnumerable<ChainEvent> Recorded() => _store.Events(ChainWorld.Id).OfType<ChainEvent.WatermarkAdvanced>();

    private static byte[] Filled(int length)
    {
        var bytes = new byte[length];
        Array.Fill(bytes, (byte)0xEE);
        return bytes;
    }
}
