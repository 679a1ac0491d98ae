using Google.Protobuf;
using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Harness.Wire;
using Block = Kms.Core.Consensus.BlockId;
using Bytes = Google.Protobuf.ByteString;
using Timestamp = Kms.Core.Consensus.Timestamp;
using WireTimestamp = Google.Protobuf.WellKnownTypes.Timestamp;

namespace Kms.Harness.Tests;

/// <summary>A correct signer's answers, with one flaw if wanted.</summary>
public sealed class ScriptedRules(string chainId, Flaw flaw, bool extensions, KeyAlgorithm algorithm = KeyAlgorithm.Ed25519)
{
    private static readonly byte[] UnknownFields = [0xc0, 0x3e, 0x07, 0xca, 0x3e, 0x03];

    private readonly ScriptedSigning _key = new(algorithm, flaw);
    private readonly object _lock = new();
    private ConsensusMessage? _last;
    private Bytes _lastExtension = Bytes.Empty;

    public long Floor { get; set; }

    /// <summary>The form of raw bytes that is signed; null for none.</summary>
    public RawBytesKind? RawBytes { get; init; }

    public void Forget() => _last = null;

    /// <summary>The reply to a request; null to hang up.</summary>
    internal Message? Answer(Message request) => request.SumCase switch
    {
        _ when flaw == Flaw.RefusesUnknownFields && HasUnknown(request) => Unknown("a field"),
        Message.SumOneofCase.PingRequest => flaw == Flaw.SilentOnPing ? null : new Message { PingResponse = new PingResponse() },
        Message.SumOneofCase.PubKeyRequest => PubKey(request.PubKeyRequest),
        Message.SumOneofCase.SignVoteRequest => Vote(request.SignVoteRequest),
        Message.SumOneofCase.SignProposalRequest => Proposal(request.SignProposalRequest),
        Message.SumOneofCase.SignRawBytesRequest when flaw == Flaw.HangsUpOnRawBytes => null,
        Message.SumOneofCase.SignRawBytesRequest => new Message { SignedRawBytesResponse = Raw(request.SignRawBytesRequest) },
        Message.SumOneofCase.None => flaw == Flaw.HangsUpOnUnknownRequest ? null : Unknown("a request"),
        _ => null,
    };

    private static Message Unknown(string what) => new() { PubKeyResponse = new PubKeyResponse { Error = Error($"unknown: {what}") } };

    private static bool HasUnknown(Message request) => request.ToByteArray().AsSpan().IndexOf(UnknownFields) >= 0;

    private Message? PubKey(PubKeyRequest request)
    {
        var reply = new PubKeyResponse();
        if (IsOther(request.ChainId))
        {
            if (flaw == Flaw.HangsUpOnWrongChain) return null;
            reply.Error = Error("wrong chain");
            return new Message { PubKeyResponse = reply };
        }

        _key.Publish(reply);
        return new Message { PubKeyResponse = reply };
    }

    private Message? Vote(SignVoteRequest request)
    {
        var reply = new SignedVoteResponse { Vote = request.Vote?.Clone() };
        var error = Refusal(request);
        if (error == HangUp) return null;
        if (error is null) error = SignVote(request, reply);
        if (error == HangUp) return null;
        if (error is not null) reply.Error = Error(error);
        if (error is not null && flaw != Flaw.SignatureAlongWithError) reply.Vote = null;
        return new Message { SignedVoteResponse = reply };
    }

    private const string HangUp = "<hang up>";

    private string? Refusal(SignVoteRequest request)
    {
        if (IsOther(request.ChainId)) return flaw == Flaw.HangsUpOnWrongChain ? HangUp : $"wrong chain {Echo(request.ChainId)}";
        if (request.Vote is not { } vote) return "no vote";
        if (vote.Type is not (SignedMsgType.Prevote or SignedMsgType.Precommit))
            return flaw == Flaw.HangsUpOnUnknownVoteType ? HangUp : "unknown type";
        if (ScriptedShape.IsVote(vote.NonRpExtension.Span) && flaw != Flaw.SignsVoteAsExtension) return "an extension that is a vote";
        return Refusal(vote.Height, vote.Round, vote.BlockId, vote.Timestamp);
    }

    private string? SignVote(SignVoteRequest request, SignedVoteResponse reply)
    {
        var vote = request.Vote;
        var step = vote.Type == SignedMsgType.Prevote ? Step.Prevote : Step.Precommit;
        var position = new Hrs(vote.Height, vote.Round, step);
        var asked = new VoteMessage(new ChainId(request.ChainId.Span), position, Domain(vote.BlockId), Domain(vote.Timestamp))
        {
            Extension = vote.Extension.Memory, NonRpExtension = vote.NonRpExtension.Memory, SkipExtension = request.SkipExtensionSigning,
        };
        var carries = asked.Extension.Length + asked.NonRpExtension.Length > 0;
        if (carries && !asked.IsExtensible && !asked.SkipExtension && flaw != Flaw.ExtensionSignatureOnPrevote) return "unexpected extension";

        ConsensusMessage signed;
        var again = false;
        lock (_lock)
        {
            var error = Decide(asked, out again);
            if (error is not null && flaw == Flaw.SignatureAlongWithError) reply.Vote.Signature = _key.Sign(SignBytes(asked));
            if (error is not null) return error;
            if (again && flaw == Flaw.RefusesOtherExtension && !((VoteMessage)_last!).Extension.Span.SequenceEqual(asked.Extension.Span))
                return "another extension";
            signed = again && flaw != Flaw.SecondSignatureForNewVoteTimestamp ? _last! : asked;
            _last = signed;
        }

        reply.Vote.Signature = _key.Sign(SignBytes(signed));
        reply.Vote.Timestamp = ConsensusMessage.ToWire(flaw == Flaw.NewTimestampWithOldVoteSignature ? asked.Timestamp : signed.Timestamp);
        var due = asked.IsExtensible && extensions && flaw != Flaw.NoExtensionSignature && !(again && flaw == Flaw.NoExtensionSignatureWhenAskedAgain)
            && (!asked.SkipExtension || flaw == Flaw.IgnoresSkip);
        if (due || flaw == Flaw.ExtensionSignatureOnPrevote && carries) Extend(reply.Vote, asked, again);
        return null;
    }

    private void Extend(Vote reply, VoteMessage asked, bool again)
    {
        if (!again || flaw != Flaw.OldExtensionSignature) _lastExtension = _key.Sign(CanonicalBytes.OfExtension(asked));
        reply.ExtensionSignature = _lastExtension;
        if (flaw != Flaw.NoSecondExtensionSignature && !(flaw == Flaw.NoSignatureOverEmptyExtension && asked.NonRpExtension.IsEmpty))
            reply.NonRpExtensionSignature = _key.Sign(asked.NonRpExtension.ToArray());
    }

    private Message? Proposal(SignProposalRequest request)
    {
        var reply = new SignedProposalResponse { Proposal = request.Proposal?.Clone() };
        var error = Refusal(request) ?? SignProposal(request, reply);
        if (error == HangUp) return null;
        if (error is not null) reply = new SignedProposalResponse { Error = Error(error) };
        return new Message { SignedProposalResponse = reply };
    }

    private string? Refusal(SignProposalRequest request)
    {
        if (IsOther(request.ChainId)) return flaw == Flaw.HangsUpOnWrongChain ? HangUp : $"wrong chain {Echo(request.ChainId)}";
        return request.Proposal is not { } proposal ? "no proposal" : Refusal(proposal.Height, proposal.Round, proposal.BlockId, proposal.Timestamp);
    }

    private string? SignProposal(SignProposalRequest request, SignedProposalResponse reply)
    {
        var proposal = request.Proposal;
        var position = new Hrs(proposal.Height, proposal.Round, Step.Proposal);
        var asked = new ProposalMessage(
            new ChainId(request.ChainId.Span), position, Domain(proposal.BlockId), proposal.PolRound, Domain(proposal.Timestamp));
        ConsensusMessage signed = asked;
        lock (_lock)
        {
            var error = Decide(asked, out var again);
            if (error is not null) return error;
            if (again && flaw == Flaw.OldSignatureForNewProposalTimestamp) signed = _last!;
            _last = signed;
        }

        reply.Proposal.Signature = _key.Sign(SignBytes(signed));
        reply.Proposal.Timestamp = ConsensusMessage.ToWire(signed.Timestamp);
        return null;
    }

    /// <summary>Null to sign, and whether the same was signed before.</summary>
    private string? Decide(ConsensusMessage asked, out bool again)
    {
        again = false;
        if (asked.Hrs.Height.Value < Floor) return $"height regression. Got {asked.Hrs.Height}, last height {Floor}";
        if (_last is null || flaw == Flaw.RacesBetweenConnections) return null;
        if (asked.Hrs < _last.Hrs) return flaw == Flaw.HangsUpOnRegression ? HangUp : $"height regression: asked {asked.Hrs}, last {_last.Hrs}";
        if (asked.Hrs > _last.Hrs)
            return flaw == Flaw.OneBlockPerRound && _last.Block is not null && asked.Block is not null && _last.Block != asked.Block
                && asked.Hrs.Height == _last.Hrs.Height && asked.Hrs.Round == _last.Hrs.Round ? "double signing requested" : null;

        if (asked.Block == _last.Block && (asked as ProposalMessage)?.PolRound == (_last as ProposalMessage)?.PolRound)
        {
            again = true;
            return null;
        }

        var overlooked = flaw switch
        {
            Flaw.SignsOtherPrevote => asked.Hrs.Step == Step.Prevote && asked.Block is not null && _last.Block is not null
                && asked.Block.Hash != _last.Block.Hash,
            Flaw.SignsOtherProposal => asked.Hrs.Step == Step.Proposal && asked.Block != _last.Block,
            Flaw.SignsBlockAfterNil => _last.Block is null,
            Flaw.SignsOtherPartsTotal => asked.Block is not null && _last.Block is not null && asked.Block.Hash == _last.Block.Hash
                && asked.Block.PartsTotal != _last.Block.PartsTotal,
            Flaw.SignsOtherPolRound => asked.Block == _last.Block,
            _ => false,
        };
        return overlooked ? null : "conflicting data";
    }

    private SignedRawBytesResponse Raw(SignRawBytesRequest request)
    {
        var form = request.RawBytes.IsEmpty && request.UniqueId.IsEmpty ? RawBytesKind.CometBft : RawBytesKind.Celestia;
        var data = form == RawBytesKind.CometBft ? request.ValueOrChainId : request.RawBytes;
        var error = form != RawBytes && flaw != Flaw.SignsRawBytesUnasked ? "not allowed"
            : ScriptedShape.IsVote(data.Span) && flaw != Flaw.SignsVoteAsRawBytes ? "a vote"
            : form == RawBytesKind.Celestia && IsOther(request.ValueOrChainId) ? "wrong chain"
            : null;
        if (error is not null) return new SignedRawBytesResponse { Error = Error(error) };
        var bare = form == RawBytesKind.CometBft || flaw == Flaw.RawBytesWithoutPrefix;
        byte[] signBytes = bare ? data.ToByteArray() : [.. "COMET::RAW_BYTES::SIGN"u8, .. CanonicalBytes.Delimited(request)];
        return new SignedRawBytesResponse { Signature = _key.Sign(signBytes) };
    }

    private static string? Refusal(long height, int round, BlockID? block, WireTimestamp? time) =>
        height < 1 ? "height" : round < 0 ? "round"
        : block is not null && (!IsHash(block.Hash) || !IsHash(block.PartSetHeader?.Hash ?? Bytes.Empty)) ? "block id"
        : !Domain(time).IsValid ? "timestamp" : null;

    private static bool IsHash(Bytes bytes) => bytes.Length is 0 or 32;

    private bool IsOther(Bytes chain) => flaw != Flaw.SignsForAnyChain && chain.ToStringUtf8() != chainId;

    private string Echo(Bytes chain) => flaw == Flaw.LongErrors ? chain.ToStringUtf8() + chain.ToStringUtf8() : "";

    private static RemoteSignerError Error(string text) => new() { Code = 2, Description = text };

    private byte[] SignBytes(ConsensusMessage message)
    {
        var bytes = message.SignBytes(message.Timestamp);
        if (flaw == Flaw.NoLengthPrefix) return bytes[(bytes[0] < 0x80 ? 1 : 2)..];
        return flaw == Flaw.NilWrittenAsEmptyBlock && message.Block is null ? [.. bytes, 0x22, 0x02, 0x12, 0x00] : bytes;
    }

    private static Block? Domain(BlockID? block)
    {
        var parts = block?.PartSetHeader ?? new PartSetHeader();
        var id = new Block(BlockHash.FromBytes(block is null ? [] : block.Hash.Span)!, parts.Total, BlockHash.FromBytes(parts.Hash.Span)!);
        return id.IsZero ? null : id;
    }

    private static Timestamp Domain(WireTimestamp? time) => time is null ? Timestamp.GoZero : new Timestamp(time.Seconds, time.Nanos);
}
