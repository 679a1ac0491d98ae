namespace Kms.Core.Consensus;

/// <summary>Canonical bytes that a signature is made over (cometbft types/canonical.go). Opaque to the rules.</summary>
public sealed record SignBytes : ByteString
{
    /// <summary>Copies <paramref name="bytes"/>.</summary>
    public SignBytes(ReadOnlySpan<byte> bytes) : base(bytes) { }
}

/// <summary>One request of a node to sign a vote or a proposal, with the canonical bytes computed once.</summary>
/// <param name="Chain">Chain id of the request.</param>
/// <param name="Hrs">Position.</param>
/// <param name="Block">What is voted for or proposed; null for nil.</param>
/// <param name="Timestamp">Timestamp inside <paramref name="SignBytes"/>.</param>
/// <param name="SignBytes">What the signature covers. Determined by the other fields: two requests of one type are equal
/// in all of them exactly when their sign bytes are.</param>
public abstract record SignRequest(ChainId Chain, Hrs Hrs, BlockId? Block, Timestamp Timestamp, SignBytes SignBytes)
{
    /// <summary>Whether two requests at one position ask for the same thing, their timestamps aside.</summary>
    public abstract bool AgreesWith(SignedMessage recorded);

    /// <summary>Whether a signature over what was recorded at this position serves the node that asks now. Of a vote it takes signature and
    /// timestamp, of a proposal the signature only, which would not verify over its own timestamp (cometbft privval/signer_client.go).</summary>
    public abstract bool IsServedBy(SignedMessage recorded);
}

/// <summary>A prevote or precommit.</summary>
public sealed record VoteRequest(ChainId Chain, Hrs Hrs, BlockId? Block, Timestamp Timestamp, SignBytes SignBytes)
    : SignRequest(Chain, Hrs, Block, Timestamp, SignBytes)
{
    /// <summary>Whether the request carries extension data to sign. Only a precommit for a block may (cometbft privval/file.go, signVote).</summary>
    public bool CarriesExtension { get; init; }

    /// <summary>Canonical bytes of the vote extension where one is signed: a precommit for a block, unless the node says that it wants none
    /// (CometBFT 1.0, skip_extension_signing). Null elsewhere.</summary>
    public SignBytes? ExtensionSignBytes { get; init; }

    /// <summary>The extension without replay protection of CometBFT 2.0, exactly as the application wrote it and possibly empty; there and null
    /// together with <see cref="ExtensionSignBytes"/>.</summary>
    public SignBytes? NonRpExtensionSignBytes { get; init; }

    /// <inheritdoc/>
    public override bool AgreesWith(SignedMessage recorded) => recorded.Block == Block;

    /// <inheritdoc/>
    public override bool IsServedBy(SignedMessage recorded) => AgreesWith(recorded);
}

/// <summary>A block proposal.</summary>
/// <param name="Chain">Chain id of the request.</param>
/// <param name="Hrs">Position.</param>
/// <param name="Block">What is proposed.</param>
/// <param name="PolRound">The round of the proof of lock, or -1; part of the sign bytes.</param>
/// <param name="Timestamp">Timestamp of the proposal.</param>
/// <param name="SignBytes">What the signature covers.</param>
public sealed record ProposalRequest(ChainId Chain, Hrs Hrs, BlockId? Block, int PolRound, Timestamp Timestamp, SignBytes SignBytes)
    : SignRequest(Chain, Hrs, Block, Timestamp, SignBytes)
{
    /// <inheritdoc/>
    public override bool AgreesWith(SignedMessage recorded) => recorded.Block == Block && recorded.PolRound == PolRound;

    /// <inheritdoc/>
    public override bool IsServedBy(SignedMessage recorded) => AgreesWith(recorded) && recorded.SignBytes == SignBytes;
}

/// <summary>A message that was recorded, and therefore may be signed.</summary>
/// <param name="Hrs">Position.</param>
/// <param name="Block">Block, or null for nil.</param>
/// <param name="PolRound">Proof-of-lock round of a proposal; null for votes.</param>
/// <param name="Timestamp">Timestamp inside <paramref name="SignBytes"/>.</param>
/// <param name="SignBytes">The exact bytes to sign, and to sign again.</param>
public sealed record SignedMessage(Hrs Hrs, BlockId? Block, int? PolRound, Timestamp Timestamp, SignBytes SignBytes)
{
    /// <summary>The record of <paramref name="request"/>.</summary>
    public static SignedMessage Of(SignRequest request) => new(
        request.Hrs, request.Block, (request as ProposalRequest)?.PolRound, request.Timestamp, request.SignBytes);
}
