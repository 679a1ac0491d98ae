using Kms.Core.Consensus;
using Kms.Protocol.SignBytes;

namespace Kms.Protocol.Privval;

/// <summary>From the wire to the terms of the rules: the one place where sign bytes are computed.</summary>
public static class SignRequests
{
    /// <summary>A vote to sign. CometBFT's own signer panics on what is an error here.</summary>
    public static Asked From(ChainId chain, Vote vote)
    {
        Step step;
        switch (vote.Type)
        {
            case CanonicalSignBytes.PrevoteType: step = Step.Prevote; break;
            case CanonicalSignBytes.PrecommitType: step = Step.Precommit; break;
            default: return new Asked(null, $"unknown vote type {vote.Type}");
        }

        if (!TryBlockId(vote.BlockId, out var block)) return new Asked(null, BadBlockId);
        var hasExtension = step == Step.Precommit && block is not null;
        return new Asked(
            new VoteRequest(
                chain, new Hrs(vote.Height, vote.Round, step), block, vote.Timestamp,
                CanonicalSignBytes.Vote(chain, vote.Type, vote.Height, vote.Round, block, vote.Timestamp))
            {
                CarriesExtension = vote.Extension.Length > 0,
                ExtensionSignBytes = hasExtension ? CanonicalSignBytes.VoteExtension(chain, vote.Height, vote.Round, vote.Extension.Span) : null,
            },
            null);
    }

    /// <summary>A proposal to sign. Its type field is not part of what is signed and is ignored, as CometBFT does.</summary>
    public static Asked From(ChainId chain, Proposal proposal) =>
        TryBlockId(proposal.BlockId, out var block)
            ? new Asked(
                new ProposalRequest(
                    chain, new Hrs(proposal.Height, proposal.Round, Step.Proposal), block, proposal.PolRound, proposal.Timestamp,
                    CanonicalSignBytes.Proposal(chain, proposal.Height, proposal.Round, proposal.PolRound, block, proposal.Timestamp)),
                null)
            : new Asked(null, BadBlockId);

    private static string BadBlockId => $"a hash of the block id has neither 0 nor {BlockHash.Size} bytes";

    private static bool TryBlockId(WireBlockId wire, out BlockId? block)
    {
        block = null;
        if (BlockHash.FromBytes(wire.Hash.Span) is not { } hash || BlockHash.FromBytes(wire.PartsHash.Span) is not { } partsHash) return false;
        var id = new BlockId(hash, wire.PartsTotal, partsHash);
        block = id.IsZero ? null : id;
        return true;
    }
}
