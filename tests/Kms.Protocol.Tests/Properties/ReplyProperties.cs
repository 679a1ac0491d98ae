using CsCheck;
using Kms.Core;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Core.Signing;
using Kms.Protocol.Privval;
using Kms.Protocol.Tests.Privval;

namespace Kms.Protocol.Tests.Properties;

/// <summary>Requests that Google's protobuf writes are read, and replies are the bytes that it would write.</summary>
public class ReplyProperties
{
    private static readonly Gen<WireBlockId> Block = Gen.Select(
        Gen.Byte.Array[0, 40], Gen.UInt, Gen.Byte.Array[0, 40], (hash, total, parts) => new WireBlockId(hash, total, parts));

    private static readonly Gen<byte[]> Address = Gen.OneOf(Gen.Const(Array.Empty<byte>()), Gen.Byte.Array[20]);

    [Fact]
    public void A_signed_vote_carries_every_field_and_both_signatures() => Gen.Select(
        Gen.Select(Gen.Int, Gen.Long, Gen.Int, Block), Gen.Select(Address, Gen.Int), Gen.Select(Generators.Time, Generators.Proof, Generators.Proof.Null()))
        .Sample((hrs, who, answer) =>
        {
            var vote = Vote(hrs, who);

            var reply = PrivvalEncoder.Vote(vote, new SignReply.Signed(answer.Item2, answer.Item1, answer.Item3));

            Assert.Equal(NodeWire.SignedVoteResponse(new NodeVote(
                vote.Type, vote.Height, vote.Round, Node(vote.BlockId), answer.Item1, who.Item1, who.Item2,
                answer.Item2.Span.ToArray(), [], answer.Item3?.Span.ToArray() ?? [])), reply);
        }, iter: 10_000);

    [Fact]
    public void A_signed_proposal_carries_every_field_and_the_signature() =>
        Gen.Select(Gen.Int, Gen.Long, Gen.Int, Gen.Int, Block, Generators.Time, Generators.Proof).Sample((type, height, round, pol, block, time, proof) =>
        {
            var reply = PrivvalEncoder.Proposal(
                new Proposal(type, height, round, pol, block, Timestamp.GoZero), new SignReply.Signed(proof, time, null));

            Assert.Equal(
                NodeWire.SignedProposalResponse(new NodeProposal(type, height, round, pol, Node(block), time, proof.Span.ToArray())), reply);
        }, iter: 10_000);

    [Fact]
    public void A_public_key_is_asked_for_and_given() => Gen.Select(Gen.Byte.Array[0, 60], Gen.Byte.Array[33], Gen.Enum<KeyAlgorithm>())
        .Sample((chain, bytes, algorithm) =>
        {
            var key = new PublicKey(algorithm, bytes.AsSpan(0, PublicKey.SizeOf(algorithm)));

            Assert.Equal(new PrivvalRequest.PubKey(new ChainId(chain)), Wire.Decode(NodeWire.PubKeyRequest(chain)));
            var (reply, type) = (PrivvalEncoder.PubKey(key), algorithm == KeyAlgorithm.Ed25519 ? "ed25519" : "secp256k1");
            Assert.Equal(NodeWire.PubKeyResponse(key.Span.ToArray()), NodeWire.AsSeenBy("v0.38", reply));
            Assert.Equal(NodeWire.PubKeyResponse(key.Span.ToArray(), type), NodeWire.AsSeenBy("v1.0", reply));
        }, iter: 5_000);

    [Fact]
    public void A_refusal_fits_whatever_a_node_asked_and_says_why() =>
        Gen.Select(Gen.Enum<RefusalReason>(), Gen.Byte.Array[0, 2000], Gen.String[0, 3000]).Sample((reason, chain, detail) =>
        {
            var refusal = new Refusal(reason, new ChainId(chain), new Hrs(long.MaxValue, 1, Step.Prevote), null, detail);
            var error = RemoteSignerError.From(refusal);
            var refused = new SignReply.Refused(refusal);

            Assert.Equal(reason == RefusalReason.DoubleSign ? 2 : 1, error.Code);
            Assert.NotEmpty(error.Description);
            Assert.Equal(NodeWire.PubKeyError(error.Code, error.Description), PrivvalEncoder.PubKeyError(error));
            var vote = PrivvalEncoder.Vote(new Vote(0, 0, 0, new WireBlockId(chain, 0, chain), Timestamp.GoZero, chain, 0, chain, chain), refused);
            Assert.Equal(NodeWire.SignedVoteError(error.Code, error.Description), vote);
            var proposal = PrivvalEncoder.Proposal(new Proposal(0, 0, 0, 0, new WireBlockId(chain, 0, chain), Timestamp.GoZero), refused);
            Assert.Equal(NodeWire.SignedProposalError(error.Code, error.Description), proposal);
            Assert.InRange(Math.Max(vote.Length, proposal.Length), 0, Limits.MaxReplyBytes);
        }, iter: 5_000);

    private static Vote Vote((int Type, long Height, int Round, WireBlockId Block) hrs, (byte[] Address, int Index) who) =>
        new(hrs.Type, hrs.Height, hrs.Round, hrs.Block, Timestamp.GoZero, who.Address, who.Index, default, default);

    private static NodeBlockId Node(WireBlockId block) => new(block.Hash.ToArray(), block.PartsTotal, block.PartsHash.ToArray());
}
