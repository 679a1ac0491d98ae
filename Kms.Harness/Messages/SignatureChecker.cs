using Kms.Core.Signing;

namespace Kms.Harness;

/// <summary>What a signed reply is worth.</summary>
/// <param name="Covered">The message that the signature is genuine for; null when it is for none.</param>
/// <param name="Problem">Why a node cannot use the reply, as a sentence; null when it can.</param>
public readonly record struct SignatureFinding(ConsensusMessage? Covered, string? Problem);

/// <summary>Decides as a node would whether a signed reply is usable. Its arithmetic is BouncyCastle's.</summary>
public static class SignatureChecker
{
    /// <summary>Checks a reply.</summary>
    /// <param name="key">The validator's key.</param>
    /// <param name="asked">What was asked.</param>
    /// <param name="reply">What came back.</param>
    /// <param name="extensionSignatures">How many a precommit for a block must carry: 0 on a chain without vote extensions, else 1, in CometBFT 2.0 2.</param>
    public static SignatureFinding Check(PublicKey key, ConsensusMessage asked, SignerReply.Signed reply, int extensionSignatures) => asked switch
    {
        // A node takes signature and timestamp of a vote from the reply, but of a proposal the signature only.
        VoteMessage vote when Covers(key, vote, reply.Timestamp, reply.Signature) =>
            new(vote with { Timestamp = reply.Timestamp }, ExtensionProblem(key, vote, reply, extensionSignatures)),
        VoteMessage vote when Covers(key, vote, vote.Timestamp, reply.Signature) =>
            new(vote, "the signature covers the requested timestamp, but the reply carries another one: the node publishes an invalid vote"),
        ProposalMessage proposal when Covers(key, proposal, proposal.Timestamp, reply.Signature) => new(proposal, null),
        ProposalMessage proposal when Covers(key, proposal, reply.Timestamp, reply.Signature) =>
            new(proposal with { Timestamp = reply.Timestamp },
                "the signature covers an old timestamp, which a node does not take over: it publishes an invalid proposal"),
        _ => new(null, Diagnose(key, asked, reply)),
    };

    private static bool Covers(PublicKey key, ConsensusMessage message, Core.Consensus.Timestamp timestamp, ReadOnlyMemory<byte> signature) =>
        ValidatorKey.Verify(key, message.SignBytes(timestamp), signature.Span);

    // cometbft types/vote.go, SignAndCheckVote and VoteSet: the node panics on what is too much and on what is missing.
    private static string? ExtensionProblem(PublicKey key, VoteMessage vote, SignerReply.Signed reply, int due)
    {
        if (!vote.IsExtensible)
            return reply.ExtensionSignature.IsEmpty && reply.NonRpExtensionSignature.IsEmpty
                ? null : "an extension signature on a prevote or a vote for nil: the node panics";
        if (vote.SkipExtension) return null; // Dropped by the node, whatever it is (cometbft#2711).
        return (due < 1 ? null : Problem("extension signature", CanonicalBytes.OfExtension(vote), reply.ExtensionSignature))
            ?? (due < 2 ? null : Problem("signature over the non-replay-protected extension", vote.NonRpExtension, reply.NonRpExtensionSignature));

        string? Problem(string what, ReadOnlyMemory<byte> covered, ReadOnlyMemory<byte> signature) =>
            signature.IsEmpty ? $"the {what} is missing: the node panics"
            : ValidatorKey.Verify(key, covered.Span, signature.Span) ? null : $"the {what} is not valid";
    }

    private static string Diagnose(PublicKey key, ConsensusMessage asked, SignerReply.Signed reply)
    {
        if (reply.Signature.IsEmpty) return "the reply has neither a signature nor an error";
        if (reply.Signature.Length != Signature.Size) return $"the signature has {reply.Signature.Length} bytes instead of 64";
        var bytes = asked.SignBytes(asked.Timestamp);
        var prefix = bytes.AsSpan().IndexOfAnyInRange((byte)0, (byte)0x7f) + 1;
        return ValidatorKey.Verify(key, bytes.AsSpan(prefix), reply.Signature.Span)
            ? "the signature is not valid: the length before the canonical message was not signed"
            : "the signature is not valid for the request";
    }
}
