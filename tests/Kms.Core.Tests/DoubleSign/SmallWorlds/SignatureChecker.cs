using Kms.Core.Consensus;

namespace Kms.Core.Tests.DoubleSign.SmallWorlds;

/// <summary>What can be wrong with a signer.</summary>
internal enum Finding
{
    /// <summary>Two votes of one height, round and type for different blocks: DuplicateVoteEvidence, the validator is slashed.</summary>
    SlashableVotes,

    /// <summary>Two votes that differ in their timestamp only. Not punished, but this signer promises one signature per position.</summary>
    TwoSignaturesForOneVote,

    /// <summary>Two proposals of one height and round that differ in more than the timestamp. Not slashed, but an equivocation.</summary>
    ConflictingProposals,

    /// <summary>A reply whose signature does not verify over the message that the node will publish.</summary>
    UselessReply,

    /// <summary>The table says sign and the signer did not: a missed vote.</summary>
    RefusedWhatTheTableSigns,

    /// <summary>The table says refuse and the signer signed.</summary>
    SignedWhatTheTableRefuses,

    /// <summary>The table says which bytes are signed, the recorded or the new ones, and others were.</summary>
    SignedOtherBytesThanTheTable,

    /// <summary>The memory after a restart is not the memory before it, or depends on how much of the journal is read.</summary>
    ForgotAtRestart,

    /// <summary>The signer's own journal contradicts itself.</summary>
    Contradiction,
}

/// <summary>Judges signatures that left a signer, and nothing else: it knows what the chain punishes (cometbft
/// types/evidence.go, DuplicateVoteEvidence) and what the node does with a reply, not how the signer decides.</summary>
internal static class SignatureChecker
{
    /// <summary>Whether two signatures of one validator may both exist.</summary>
    public static Finding? Conflict(Statement one, Statement other)
    {
        if (one == other || one.Position != other.Position) return null;
        if (!one.IsVote) return (one.Block, one.PolRound) != (other.Block, other.PolRound) ? Finding.ConflictingProposals : null;
        return one.Block != other.Block ? Finding.SlashableVotes : Finding.TwoSignaturesForOneVote;
    }

    /// <summary>Whether the node can use the reply. It copies signature and timestamp of a vote, but only the signature of a
    /// proposal (cometbft privval/signer_client.go and consensus/state.go), and publishes its own message with them.</summary>
    public static Finding? Useless(Statement asked, Reply reply, Statement signed)
    {
        var published = asked.IsVote ? asked with { Timestamp = reply.Timestamp.Seconds } : asked;
        return published == signed ? null : Finding.UselessReply;
    }
}
