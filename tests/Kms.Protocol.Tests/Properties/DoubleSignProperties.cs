using CsCheck;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Core.Signing;
using Kms.Protocol.Privval;

namespace Kms.Protocol.Tests.Properties;

/// <summary>Whatever nodes ask, in whatever order, with restarts between: what was signed never conflicts. From the wire's terms to the decision,
/// with the real sign bytes; the journal is a list.</summary>
public class DoubleSignProperties
{
    private static readonly ChainId Chain = new("chain");

    /// <summary>One message of a small world: collisions are the point.</summary>
    private static readonly Gen<Turn> Any = Gen.Select(
        Gen.Select(Gen.Int[0, 2], Gen.Long[1, 3], Gen.Int[0, 1]), Gen.Select(Gen.Int[0, 2], Gen.Int[-1, 0], Gen.Long[0, 1]),
        Gen.Frequency((5, Gen.Const(Kind.Ask)), (1, Gen.Const(Kind.Restart)), (1, Gen.Const(Kind.CrashBeforeSigning))),
        (at, what, kind) => new Turn(kind, at.Item1, at.Item2, at.Item3, what.Item1, what.Item2, what.Item3));

    private enum Kind
    {
        Ask,
        Restart,
        CrashBeforeSigning,
    }

    private sealed record Turn(Kind Kind, int Step, long Height, int Round, int Block, int PolRound, long Seconds);

    [Fact]
    public void No_sequence_of_requests_gets_two_conflicting_signatures() =>
        Gen.Select(Any.Array[1, 60], Gen.Enum<BlockRule>()).Sample((turns, rule) =>
        {
            var signed = Play(turns, new ChainRules { BlockRule = rule });

            foreach (var position in signed.GroupBy(message => message.Hrs))
            {
                // One vote, down to its timestamp; proposals of one block and one proof of lock.
                var distinct = position.Key.Step == Step.Proposal
                    ? position.Select(message => (message.Block, message.PolRound, default(Timestamp))).Distinct()
                    : position.Select(message => (message.Block, message.PolRound, message.Timestamp)).Distinct();
                Assert.Single(distinct);
            }

            Assert.Equal(signed.Select(message => message.Hrs).Order(), signed.Select(message => message.Hrs));
        }, iter: 5_000);

    [Fact]
    public void A_validator_that_only_goes_forward_gets_every_signature() => Any.Array[1, 40].Sample(turns =>
    {
        var forward = turns.Select(turn => turn with { Kind = Kind.Ask }).OrderBy(turn => (turn.Height, turn.Round, turn.Step))
            .DistinctBy(turn => (turn.Height, turn.Round, turn.Step)).ToList();

        Assert.Equal(forward.Count, Play(forward, ChainRules.Default).Count);
    }, iter: 2_000);

    // Everything that left the signer.
    private static List<SignedMessage> Play(IEnumerable<Turn> turns, ChainRules rules)
    {
        List<ChainEvent> journal = [new ChainEvent.FloorRaised(Chain, Hrs.EndOf(new Height(0)), "new key")];
        var (watermark, signed, released) = (Replay(journal), new List<SignedMessage>(), ReleasedSignatures.None);
        foreach (var turn in turns)
        {
            if (turn.Kind == Kind.Restart) (watermark, released) = (Replay(journal), ReleasedSignatures.None);
            var request = Request(turn);
            switch (DoubleSignRules.Decide(watermark, Chain, request, rules, released))
            {
                case SignDecision.Advance advance:
                    journal.Add(advance.Event);
                    watermark = Watermark.Apply(watermark, advance.Event, out var contradiction);
                    Assert.Null(contradiction);
                    if (turn.Kind == Kind.CrashBeforeSigning) (watermark, released) = (Replay(journal), ReleasedSignatures.None);
                    else Release(request, advance.Event.Message);
                    break;
                case SignDecision.SignAgain again: Release(request, again.Recorded); break;

                // Nothing new leaves: it was signed, and the node can use it as it could then.
                case SignDecision.ReleaseAgain again:
                    Assert.Contains(signed, message => message.Hrs == request.Hrs && request.IsServedBy(message) && ReplyWith(message) == again.Reply);
                    break;
            }
        }

        return signed;

        void Release(SignRequest request, SignedMessage message)
        {
            signed.Add(message);
            released = released.With(message, request, ReplyWith(message));
        }
    }

    // Signatures that differ wherever the messages do.
    private static SignReply.Signed ReplyWith(SignedMessage message) =>
        new(new Signature(System.Security.Cryptography.SHA512.HashData(message.SignBytes.Span)), message.Timestamp, null);

    private static Watermark Replay(IEnumerable<ChainEvent> journal) => journal.Aggregate(default(Watermark), (watermark, next) =>
    {
        var applied = Watermark.Apply(watermark, next, out var contradiction);
        Assert.Null(contradiction);
        return applied;
    })!;

    private static SignRequest Request(Turn turn)
    {
        var hash = turn.Block == 0 ? [] : Enumerable.Repeat((byte)turn.Block, BlockHash.Size).ToArray();
        var (block, timestamp) = (new WireBlockId(hash, turn.Block == 0 ? 0u : 1, hash), new Timestamp(turn.Seconds, 0));
        return (turn.Step == 0
            ? SignRequests.From(Chain, new Proposal(32, turn.Height, turn.Round, turn.PolRound, block, timestamp))
            : SignRequests.From(Chain, new Vote(turn.Step, turn.Height, turn.Round, block, timestamp, default, 0, default, default), skipsExtensions: false)).Request!;
    }
}
