using Kms.Core.Consensus;

namespace Kms.Protocol.Privval;

/// <summary>A request of a node to its signer (cometbft proto/tendermint/privval/types.proto, Message.sum).</summary>
public abstract record PrivvalRequest
{
    private PrivvalRequest() { }

    /// <summary>Which public key signs for <paramref name="Chain"/>?</summary>
    public sealed record PubKey(ChainId Chain) : PrivvalRequest;

    /// <summary>Are you there?</summary>
    public sealed record Ping : PrivvalRequest;

    /// <summary>Sign a vote.</summary>
    /// <param name="Chain">The chain named in the request.</param>
    /// <param name="Vote">The vote as it came.</param>
    /// <param name="Asked">The vote with its sign bytes; an error where no valid vote looks like this.</param>
    public sealed record SignVote(ChainId Chain, Vote Vote, Asked Asked) : PrivvalRequest;

    /// <summary>Sign a proposal.</summary>
    /// <param name="Chain">The chain named in the request.</param>
    /// <param name="Proposal">The proposal as it came.</param>
    /// <param name="Asked">The proposal with its sign bytes; an error where no valid proposal looks like this.</param>
    public sealed record SignProposal(ChainId Chain, Proposal Proposal, Asked Asked) : PrivvalRequest;

    /// <summary>Sign bytes that are no consensus message: SignRawBytesRequest of Celestia, SignBytesRequest of CometBFT 1.0 and 2.0.</summary>
    public sealed record SignRawBytes(RawBytesRequest Request) : PrivvalRequest;

    /// <summary>A message this signer does not answer: an unknown one, a reply, or none.</summary>
    /// <param name="Field">The field number of the message; 0 when there was none.</param>
    public sealed record Unknown(int Field) : PrivvalRequest;

    /// <summary>Bytes in a sound frame that are no message: Go's decoder refuses them too.</summary>
    /// <param name="Field">The field number of the message where reading ended; it tells which reply the node waits for.</param>
    /// <param name="Error">What is wrong with the bytes.</param>
    public sealed record Malformed(int Field, string Error) : PrivvalRequest;
}

/// <summary>A well-encoded sign request in the terms of the rules, or why it cannot be put in them.</summary>
/// <param name="Request">The request with its canonical sign bytes; null when invalid.</param>
/// <param name="Error">What no valid message looks like; null when valid.</param>
public readonly record struct Asked(SignRequest? Request, string? Error);

/// <summary>A block id as it came: hashes of any length.</summary>
public sealed record WireBlockId(ReadOnlyMemory<byte> Hash, uint PartsTotal, ReadOnlyMemory<byte> PartsHash);

/// <summary>tendermint.types.Vote without the signatures, which a signer never needs. <paramref name="NonRpExtension"/> is CometBFT 2.0's
/// extension without replay protection.</summary>
public sealed record Vote(
    int Type, long Height, int Round, WireBlockId BlockId, Timestamp Timestamp,
    ReadOnlyMemory<byte> ValidatorAddress, int ValidatorIndex, ReadOnlyMemory<byte> Extension, ReadOnlyMemory<byte> NonRpExtension);

/// <summary>tendermint.types.Proposal without the signature.</summary>
public sealed record Proposal(int Type, long Height, int Round, int PolRound, WireBlockId BlockId, Timestamp Timestamp);
