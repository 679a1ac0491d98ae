using Google.Protobuf;
using Kms.Core.Consensus;
using Kms.Harness.Wire;
using static Kms.Harness.Checks.Turn;
using Timestamp = Kms.Core.Consensus.Timestamp;

namespace Kms.Harness.Checks;

/// <summary>Well-framed requests that no honest node of this chain sends. None of them asks for a height above the run's own: a signer that
/// signed one would be stuck there.</summary>
internal static class InvalidRequestChecks
{
    private const string Refuse = "an error reply on an open connection";
    private const string Defaults = "an error, or a signature over protobuf's defaults as CometBFT computes them";

    public static IEnumerable<Check> All => [.. WrongChain, .. WrongPosition, .. WrongShape];

    private static IEnumerable<Check> WrongChain =>
    [
        new("chain.public-key", "The public key for another chain", "an error, as from CometBFT's own signer", PublicKeyAsync),
        new("chain.vote", "A vote for another chain", Refuse, scene =>
            [MustRefuse(scene.Prevote(scene.A) with { Chain = Other(scene) }, "prevote for another chain")]),
        new("chain.proposal", "A proposal for another chain", Refuse, scene =>
            [MustRefuse(scene.Proposal(scene.A) with { Chain = Other(scene) }, "proposal for another chain")]),
        new("chain.empty", "A vote without a chain id", Refuse, scene =>
            [MustRefuse(scene.Prevote(scene.A) with { Chain = new ChainId("") }, "prevote without a chain id")]),
        new("chain.long", "A vote for a chain id of 9 KiB",
            $"an error of at most {PrivvalFrames.SmallReply} bytes, the longest reply that every node reads", scene =>
            [MustRefuse(scene.Prevote(scene.A) with { Chain = new ChainId(new string('x', 9 * 1024)) }, "prevote for a chain id of 9 KiB")]),
    ];

    private static IEnumerable<Check> WrongPosition =>
    [
        new("position.height-zero", "A vote at height 0", Refuse, scene =>
            [MustSign(scene.Prevote(scene.A)), MustRefuse((scene with { Height = 0 }).Precommit(scene.A))]),
        new("position.height-negative", "A vote at height -1", Refuse, scene =>
            [MustSign(scene.Prevote(scene.A)), MustRefuse((scene with { Height = -1 }).Precommit(scene.A))]),
        new("position.proposal-height-zero", "A proposal at height 0", Refuse, scene =>
            [MustSign(scene.Prevote(scene.A)), MustRefuse((scene with { Height = 0 }).Proposal(scene.A))]),
        new("position.round-negative", "A vote in round -1 of a new height", Refuse, scene => [MustRefuse(scene.Prevote(scene.A, round: -1))]),
    ];

    private static IEnumerable<Check> WrongShape =>
    [
        new("shape.type-unknown", "A vote of type 0", Refuse, scene =>
            [MustRefuse("vote of type 0", Vote(scene, vote => vote.Type = SignedMsgType.Unknown))]),
        new("shape.type-proposal", "A vote of the proposals' type", Refuse, scene =>
            [MustRefuse("vote of type 32", Vote(scene, vote => vote.Type = SignedMsgType.Proposal))]),
        new("shape.block-hash", "A vote for a block hash of 20 bytes", Refuse, scene =>
            [MustRefuse("vote with a block hash of 20 bytes", Vote(scene, vote => vote.BlockId.Hash = Zeros(20)))]),
        new("shape.parts-hash", "A vote with a part set hash of 31 bytes", Refuse, scene =>
            [MustRefuse("vote with a part set hash of 31 bytes", Vote(scene, vote => vote.BlockId.PartSetHeader.Hash = Zeros(31)))]),
        new("shape.proposal-hash", "A proposal of a block hash of 33 bytes", Refuse, scene =>
            [MustRefuse("proposal with a block hash of 33 bytes", Proposal(scene, proposal => proposal.BlockId.Hash = Zeros(33)))]),
        new("shape.no-vote", "A sign request without a vote", Refuse, scene =>
            [MustSign(scene.Prevote(scene.A)), MustRefuse("request without a vote", NoVote(scene))]),
        new("shape.no-block-id", "A vote without a block id field", Defaults, scene =>
            [MayRefuse("vote without a block id", Vote(scene, vote => vote.BlockId = null), scene.Prevote(null))]),
        new("shape.no-timestamp", "A vote without a timestamp field", Defaults, scene =>
        [
            MayRefuse("vote without a timestamp", Vote(scene, vote => vote.Timestamp = null),
                scene.Prevote(scene.A) with { Timestamp = Timestamp.GoZero }),
        ]),
        new("shape.then-sign", "A vote after all these", "a valid signature", scene =>
            [MustSign(scene.Prevote(scene.A)), MustSign(scene.Precommit(scene.A))]),
    ];

    private static async Task<Finding> PublicKeyAsync(HarnessSession session)
    {
        var reply = await session.Connection!.GetPublicKeyAsync(new ChainId(session.Options.ChainId + "-other"), session.Cancelled);
        return reply is SignerReply.Error
            ? Finding.Pass(reply.ToString()!)
            : Finding.Fail($"asked for the public key of another chain, the signer answered: {reply}");
    }

    private static ChainId Other(Scene scene) => new(scene.Chain + "-other");

    private static Message Vote(Scene scene, Action<Vote> change)
    {
        var request = scene.Prevote(scene.A).ToRequest();
        change(request.SignVoteRequest.Vote);
        return request;
    }

    private static Message Proposal(Scene scene, Action<Proposal> change)
    {
        var request = scene.Proposal(scene.A).ToRequest();
        change(request.SignProposalRequest.Proposal);
        return request;
    }

    private static Google.Protobuf.ByteString Zeros(int count) => Google.Protobuf.ByteString.CopyFrom(new byte[count]);

    private static Message NoVote(Scene scene) =>
        new() { SignVoteRequest = new SignVoteRequest { ChainId = Google.Protobuf.ByteString.CopyFrom(scene.Chain.Utf8) } };
}
