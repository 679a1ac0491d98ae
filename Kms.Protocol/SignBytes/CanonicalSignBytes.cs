using Kms.Core.Consensus;
using Kms.Protocol.Protobuf;
using Bytes = Kms.Core.Consensus.SignBytes;

namespace Kms.Protocol.SignBytes;

/// <summary>The exact bytes that validators sign: length-delimited canonical messages (cometbft types/canonical.go,
/// proto/tendermint/types/canonical.proto; identical from 0.34 to 2.0).</summary>
public static class CanonicalSignBytes
{
    /// <summary>SignedMsgType of a prevote.</summary>
    public const int PrevoteType = 1;

    /// <summary>SignedMsgType of a precommit.</summary>
    public const int PrecommitType = 2;

    /// <summary>SignedMsgType of a proposal; in canonical form always this, whatever the request's type field says.</summary>
    public const int ProposalType = 32;

    /// <summary>CanonicalVote.</summary>
    public static Bytes Vote(ChainId chain, int type, long height, int round, BlockId? block, Timestamp timestamp)
    {
        var writer = new ProtoWriter().Int64(1, type).Fixed64(2, height).Fixed64(3, round);
        WriteBlockId(writer, 4, block);
        ProtoTimestamp.Write(writer, 5, timestamp);
        return new Bytes(writer.Bytes(6, chain.Utf8).ToDelimited());
    }

    /// <summary>CanonicalProposal.</summary>
    public static Bytes Proposal(ChainId chain, long height, int round, int polRound, BlockId? block, Timestamp timestamp)
    {
        var writer = new ProtoWriter().Int64(1, ProposalType).Fixed64(2, height).Fixed64(3, round).Int64(4, polRound);
        WriteBlockId(writer, 5, block);
        ProtoTimestamp.Write(writer, 6, timestamp);
        return new Bytes(writer.Bytes(7, chain.Utf8).ToDelimited());
    }

    /// <summary>CanonicalVoteExtension (CometBFT 0.38 and later).</summary>
    public static Bytes VoteExtension(ChainId chain, long height, int round, ReadOnlySpan<byte> extension) => new(
        new ProtoWriter().Bytes(1, extension).Fixed64(2, height).Fixed64(3, round).Bytes(4, chain.Utf8).ToDelimited());

    /// <summary>The sign bytes of a recorded message, computed anew from its fields.</summary>
    public static Bytes Of(ChainId chain, SignedMessage message)
    {
        var (height, round) = (message.Hrs.Height.Value, message.Hrs.Round.Value);
        return message.Hrs.Step switch
        {
            Step.Proposal => Proposal(chain, height, round, message.PolRound ?? 0, message.Block, message.Timestamp),
            Step.Prevote => Vote(chain, PrevoteType, height, round, message.Block, message.Timestamp),
            _ => Vote(chain, PrecommitType, height, round, message.Block, message.Timestamp),
        };
    }

    // A nil block id is left out.
    private static void WriteBlockId(ProtoWriter writer, int field, BlockId? block)
    {
        if (block is not null) ProtoBlockId.Write(writer, field, block.Hash.Span, block.PartsTotal, block.PartsHash.Span);
    }
}
