using Kms.Core.Consensus;
using Kms.Protocol.SignBytes;

namespace Kms.Protocol.Privval;

/// <summary>From the wire to the terms of the rules: the one place where sign bytes are computed.</summary>
public static class SignRequests
{
    /// <summary>A vote to sign. Where an unknown type or block id is an error here, CometBFT's own signer panics; and it signs whatever extension it
    /// is given.</summary>
    /// <param name="chain">The chain named in the request.</param>
    /// <param name="vote">The vote as it came.</param>
    /// <param name="skipsExtensions">Whether the node wants no extension signed (CometBFT 1.0). Then extensions are not looked at, wherever
    /// they are.</param>
    public static Asked From(ChainId chain, Vote vote, bool skipsExtensions)
    {
        Step step;
        switch (vote.Type)
        {
            case CanonicalSignBytes.PrevoteType: step = Step.Prevote; break;
            case CanonicalSignBytes.PrecommitType: step = Step.Precommit; break;
            default: return new Asked(null, $"unknown vote type {vote.Type}");
        }

        if (!TryBlockId(vote.BlockId, out var block)) return new Asked(null, BadBlockId);
        var request = new VoteRequest(
            chain, new Hrs(vote.Height, vote.Round, step), block, vote.Timestamp,
            CanonicalSignBytes.Vote(chain, vote.Type, vote.Height, vote.Round, block, vote.Timestamp));
        return skipsExtensions ? new Asked(request, null) : WithExtensions(request, vote);
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

    // An application that does without the extension of 2.0 writes nothing, as older nodes send nothing: the two look the same, and only 2.0
    // needs the signature over nothing. So it always comes along; older nodes pass over it.
    private static Asked WithExtensions(VoteRequest request, Vote vote)
    {
        request = request with { CarriesExtension = vote.Extension.Length > 0 || vote.NonRpExtension.Length > 0 };
        if (request.Hrs.Step != Step.Precommit || request.Block is null) return new Asked(request, null);

        // It is signed as it is. Made to look like a message of consensus, it would be one.
        if (CanonicalShape.Of(vote.NonRpExtension.Span) is { } shape)
            return new Asked(null, $"the non-replay-protected extension of the precommit at {request.Hrs} is {shape}, "
                + "and a signature over it could be used as such: the application must write something else");

        return new Asked(
            request with
            {
                ExtensionSignBytes = CanonicalSignBytes.VoteExtension(request.Chain, vote.Height, vote.Round, vote.Extension.Span),
                NonRpExtensionSignBytes = new Core.Consensus.SignBytes(vote.NonRpExtension.Span),
            },
            null);
    }

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
