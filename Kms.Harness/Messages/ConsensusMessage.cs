using Google.Protobuf;
using Kms.Core.Consensus;
using Kms.Harness.Wire;
using BlockId = Kms.Core.Consensus.BlockId;
using Timestamp = Kms.Core.Consensus.Timestamp;
using WireTimestamp = Google.Protobuf.WellKnownTypes.Timestamp;

namespace Kms.Harness;

/// <summary>A vote or proposal that a node asks its signer to sign. Any values are allowed, also ones no honest node sends.</summary>
/// <param name="Chain">Chain id of the request.</param>
/// <param name="Hrs">Height, round and step.</param>
/// <param name="Block">What is voted for or proposed; null for nil.</param>
/// <param name="Timestamp">Timestamp of the message.</param>
public abstract record ConsensusMessage(ChainId Chain, Hrs Hrs, BlockId? Block, Timestamp Timestamp)
{
    /// <summary>The bytes a signature must cover when the message carries <paramref name="timestamp"/>.</summary>
    internal abstract byte[] SignBytes(Timestamp timestamp);

    internal abstract Message ToRequest();

    /// <summary>"prevote 12/0 for A1B2C3D4E5", for reports.</summary>
    public sealed override string ToString() =>
        FormattableString.Invariant($"{Hrs.Step.ToString().ToLowerInvariant()} {Hrs.Height}/{Hrs.Round} for {BlockId.Describe(Block)}");

    private protected static BlockID ToWire(BlockId? block) => new()
    {
        // A Go node writes an empty block id and part set header for nil; it never leaves them out.
        Hash = ByteString(block?.Hash),
        PartSetHeader = new PartSetHeader { Total = block?.PartsTotal ?? 0, Hash = ByteString(block?.PartsHash) },
    };

    internal static WireTimestamp ToWire(Timestamp timestamp) => new() { Seconds = timestamp.Seconds, Nanos = timestamp.Nanos };

    internal static Google.Protobuf.ByteString ByteString(Kms.Core.Consensus.ByteString? bytes) =>
        bytes is null ? Google.Protobuf.ByteString.Empty : Google.Protobuf.ByteString.CopyFrom(bytes.Span);
}

/// <summary>A prevote or precommit, as <see cref="Hrs.Step"/> says.</summary>
/// <param name="Chain">Chain id of the request.</param>
/// <param name="Hrs">Height, round and step.</param>
/// <param name="Block">What is voted for; null for nil.</param>
/// <param name="Timestamp">Timestamp of the message.</param>
public sealed record VoteMessage(ChainId Chain, Hrs Hrs, BlockId? Block, Timestamp Timestamp)
    : ConsensusMessage(Chain, Hrs, Block, Timestamp)
{
    /// <summary>Vote extension data (CometBFT 0.38 on); empty where there is none.</summary>
    public ReadOnlyMemory<byte> Extension { get; init; }

    /// <summary>Vote extension data that is signed as it is (CometBFT 2.0); empty where there is none.</summary>
    public ReadOnlyMemory<byte> NonRpExtension { get; init; }

    /// <summary>Whether the node says that it wants no extension signature; only nodes from 1.0 on do.</summary>
    public bool SkipExtension { get; init; }

    /// <summary>The validator's address, 20 bytes: not signed, but some signers parse it.</summary>
    public ReadOnlyMemory<byte> ValidatorAddress { get; init; } = new byte[20];

    /// <summary>Whether a chain with vote extensions wants an extension signature here: on a precommit for a block, and nowhere
    /// else (cometbft types/vote.go).</summary>
    public bool IsExtensible => Hrs.Step == Step.Precommit && Block is { IsZero: false };

    internal override byte[] SignBytes(Timestamp timestamp) => CanonicalBytes.OfVote(this with { Timestamp = timestamp });

    internal override Message ToRequest() => new()
    {
        SignVoteRequest = new SignVoteRequest
        {
            Vote = ToWireVote(), ChainId = Google.Protobuf.ByteString.CopyFrom(Chain.Utf8), SkipExtensionSigning = SkipExtension,
        },
    };

    internal Vote ToWireVote() => new()
    {
        Type = CanonicalBytes.TypeOf(Hrs.Step),
        Height = Hrs.Height.Value,
        Round = Hrs.Round.Value,
        BlockId = ToWire(Block),
        Timestamp = ToWire(Timestamp),
        ValidatorAddress = UnsafeByteOperations.UnsafeWrap(ValidatorAddress),
        Extension = UnsafeByteOperations.UnsafeWrap(Extension),
        NonRpExtension = UnsafeByteOperations.UnsafeWrap(NonRpExtension),
    };
}

/// <summary>A block proposal.</summary>
/// <param name="Chain">Chain id of the request.</param>
/// <param name="Hrs">Height, round and <see cref="Step.Proposal"/>.</param>
/// <param name="Block">What is proposed.</param>
/// <param name="PolRound">Round of the proof of lock, or -1.</param>
/// <param name="Timestamp">Timestamp of the message.</param>
public sealed record ProposalMessage(ChainId Chain, Hrs Hrs, BlockId? Block, int PolRound, Timestamp Timestamp)
    : ConsensusMessage(Chain, Hrs, Block, Timestamp)
{
    internal override byte[] SignBytes(Timestamp timestamp) => CanonicalBytes.OfProposal(this with { Timestamp = timestamp });

    internal override Message ToRequest() => new()
    {
        SignProposalRequest = new SignProposalRequest { Proposal = ToWireProposal(), ChainId = Google.Protobuf.ByteString.CopyFrom(Chain.Utf8) },
    };

    internal Proposal ToWireProposal() => new()
    {
        Type = SignedMsgType.Proposal,
        Height = Hrs.Height.Value,
        Round = Hrs.Round.Value,
        PolRound = PolRound,
        BlockId = ToWire(Block),
        Timestamp = ToWire(Timestamp),
    };
}
