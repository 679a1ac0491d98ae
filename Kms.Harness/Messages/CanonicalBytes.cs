using System.Diagnostics;
using Google.Protobuf;
using Kms.Core.Consensus;
using Kms.Harness.Wire;
using BlockId = Kms.Core.Consensus.BlockId;

namespace Kms.Harness;

/// <summary>What a signature covers (cometbft types/canonical.go): a varint length and a canonical message. Written apart from the
/// signer's own encoder, so that an error in one shows against the other.</summary>
internal static class CanonicalBytes
{
    public static byte[] OfVote(VoteMessage vote) => Delimited(new CanonicalVote
    {
        Type = TypeOf(vote.Hrs.Step),
        Height = vote.Hrs.Height.Value,
        Round = vote.Hrs.Round.Value,
        BlockId = Canonical(vote.Block),
        Timestamp = ConsensusMessage.ToWire(vote.Timestamp),
        ChainId = Bytes(vote.Chain),
    });

    public static byte[] OfProposal(ProposalMessage proposal) => Delimited(new CanonicalProposal
    {
        Type = SignedMsgType.Proposal,
        Height = proposal.Hrs.Height.Value,
        Round = proposal.Hrs.Round.Value,
        PolRound = proposal.PolRound,
        BlockId = Canonical(proposal.Block),
        Timestamp = ConsensusMessage.ToWire(proposal.Timestamp),
        ChainId = Bytes(proposal.Chain),
    });

    public static byte[] OfExtension(VoteMessage vote) => Delimited(new CanonicalVoteExtension
    {
        Extension = UnsafeByteOperations.UnsafeWrap(vote.Extension),
        Height = vote.Hrs.Height.Value,
        Round = vote.Hrs.Round.Value,
        ChainId = Bytes(vote.Chain),
    });

    public static SignedMsgType TypeOf(Step step) => step switch
    {
        Step.Proposal => SignedMsgType.Proposal,
        Step.Prevote => SignedMsgType.Prevote,
        Step.Precommit => SignedMsgType.Precommit,
        _ => throw new UnreachableException(),
    };

    // Nil is left out; the part set header of a block is written even when it is empty.
    private static CanonicalBlockID? Canonical(BlockId? block) => block is null or { IsZero: true } ? null : new CanonicalBlockID
    {
        Hash = ConsensusMessage.ByteString(block.Hash),
        PartSetHeader = new CanonicalPartSetHeader { Total = block.PartsTotal, Hash = ConsensusMessage.ByteString(block.PartsHash) },
    };

    private static Google.Protobuf.ByteString Bytes(ChainId chain) => Google.Protobuf.ByteString.CopyFrom(chain.Utf8);

    /// <summary>A varint length and the message.</summary>
    public static byte[] Delimited(IMessage message)
    {
        using var bytes = new MemoryStream();
        message.WriteDelimitedTo(bytes);
        return bytes.ToArray();
    }
}
