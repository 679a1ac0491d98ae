using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Core.Signing;
using Kms.Testing;
using static Kms.Testing.Ask;

namespace Kms.Core.Tests.DoubleSign;

/// <summary>What a node gets that asks for a position the chain is past.</summary>
public class ReleasedSignaturesTests
{
    private static readonly SignRequest[] Signed =
    [
        Proposal(100, 0, A), Prevote(100, 0, A), With(Precommit(100, 0, A), "one"), Prevote(101, 0, null), Precommit(101, 0, null),
    ];

    private static readonly (string Scenario, SignRequest Asked, SignRequest? Due)[] Table =
    [
        ("the same proposal", Proposal(100, 0, A), Signed[0]),
        ("the proposal with another timestamp", Proposal(100, 0, A, at: 2), null),
        ("the proposal with another proof-of-lock round", Proposal(100, 0, A, pol: 0), null),
        ("a proposal of another block", Proposal(100, 0, B), null),
        ("the same prevote", Prevote(100, 0, A), Signed[1]),
        ("the prevote with another timestamp", Prevote(100, 0, A, at: 2), Signed[1]),
        ("a prevote for another block", Prevote(100, 0, B), null),
        ("a prevote for nil", Prevote(100, 0, null), null),
        ("a prevote with an extension, which none has", Prevote(100, 0, A) with { CarriesExtension = true }, null),
        ("the same precommit with its extension", With(Precommit(100, 0, A), "one"), Signed[2]),
        ("the precommit with its extension and another timestamp", With(Precommit(100, 0, A, at: 2), "one"), Signed[2]),
        ("the precommit with another extension", With(Precommit(100, 0, A), "two"), null),
        ("the precommit with another extension without replay protection", With(Precommit(100, 0, A), "one", "two"), null),
        ("the precommit without an extension", Precommit(100, 0, A), null),
        ("the same nil prevote", Prevote(101, 0, null, at: 2), Signed[3]),
        ("a position where nothing was signed", Proposal(101, 0, A), null),
        ("a round where nothing was signed", Prevote(100, 1, A), null),
        ("another chain", Prevote(100, 0, A) with { Chain = new ChainId("other-chain") }, null),
    ];

    public static TheoryData<string> Scenarios => [.. Table.Select(row => row.Scenario)];

    [Theory, MemberData(nameof(Scenarios))]
    public void Only_what_was_signed_there_is_sent_again(string scenario)
    {
        var (_, asked, due) = Table.Single(row => row.Scenario == scenario);
        var decision = DoubleSignRules.Decide(Past, Chain, asked, null, Released(Signed));

        if (due is null) Assert.IsType<SignDecision.Refuse>(decision);
        else Assert.Equal(ReplyTo(due), Assert.IsType<SignDecision.ReleaseAgain>(decision).Reply);
        Assert.IsType<SignDecision.Refuse>(DoubleSignRules.Decide(Past, Chain, asked, null, ReleasedSignatures.None));
    }

    // The journal decides there: a vote is signed again, a proposal with a new timestamp is recorded first.
    [Fact]
    public void At_the_floor_and_above_it_nothing_is_sent_from_memory()
    {
        var released = Released([Prevote(102, 0, A), Proposal(103, 0, A)]);

        Assert.IsType<SignDecision.SignAgain>(DoubleSignRules.Decide(Past, Chain, Prevote(102, 0, A), null, released));
        Assert.IsType<SignDecision.Advance>(DoubleSignRules.Decide(Past, Chain, Proposal(103, 0, A), null, released));
    }

    [Fact]
    public void Without_history_nothing_is_sent_from_memory() =>
        Assert.IsType<SignDecision.Refuse>(DoubleSignRules.Decide(null, Chain, Prevote(100, 0, A), null, Released(Signed)));

    [Fact]
    public void The_oldest_is_forgotten_and_a_repeated_one_takes_no_place()
    {
        var votes = Enumerable.Range(1, ReleasedSignatures.Capacity).Select(height => Prevote(height, 0, A)).ToArray();
        var full = Released([.. votes, .. votes]);
        Assert.All(votes, vote => Assert.Equal(ReplyTo(vote), full.For(vote)));

        var next = Prevote(votes.Length + 1, 0, A);
        var moved = full.With(SignedMessage.Of(next), next, ReplyTo(next));
        Assert.Null(moved.For(votes[0]));
        Assert.All(votes[1..].Append(next), vote => Assert.Equal(ReplyTo(vote), moved.For(vote)));
    }

    private static Watermark Past => new(Chain, new Hrs(102, 0, Step.Prevote), SignedMessage.Of(Prevote(102, 0, A)));

    private static ReleasedSignatures Released(IEnumerable<SignRequest> signed) =>
        signed.Aggregate(ReleasedSignatures.None, (released, request) => released.With(SignedMessage.Of(request), request, ReplyTo(request)));

    // Signatures that differ wherever the requests do.
    private static SignReply.Signed ReplyTo(SignRequest request)
    {
        var bytes = new byte[Signature.Size];
        System.Security.Cryptography.SHA512.HashData(request.SignBytes.Span, bytes);
        var signature = new Signature(bytes);
        return new SignReply.Signed(signature, request.Timestamp, request is VoteRequest { ExtensionSignBytes: not null } ? signature : null);
    }

    private static VoteRequest With(VoteRequest vote, string extension, string nonRp = "") => vote with
    {
        CarriesExtension = true,
        ExtensionSignBytes = new SignBytes(System.Text.Encoding.UTF8.GetBytes(extension)),
        NonRpExtensionSignBytes = new SignBytes(System.Text.Encoding.UTF8.GetBytes(nonRp)),
    };
}
