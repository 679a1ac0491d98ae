using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Core.Signing;
using Kms.Protocol.KeyEncoding;
using Kms.Protocol.Protobuf;

namespace Kms.Protocol.Privval;

/// <summary>Encodes replies, length prefix included, for CometBFT 0.34 to 2.0 at once: a node passes over fields that its version does not have.
/// A reply holds what the node uses and what identifies the message, never the extensions: nodes before 0.40 stop reading at 10 KiB. Pure.</summary>
public static class PrivvalEncoder
{
    private const int SignVoteRequest = 3;
    private const int SignProposalRequest = 5;
    private const int SignRawBytesRequest = 9;

    private static readonly WireBlockId NoBlock = new(default, 0, default);
    private static readonly Vote NoVote = new(0, 0, 0, NoBlock, Timestamp.GoZero, default, 0, default, default);
    private static readonly Proposal NoProposal = new(0, 0, 0, 0, NoBlock, Timestamp.GoZero);

    /// <summary>PingResponse.</summary>
    public static byte[] Ping()
    {
        var writer = new ProtoWriter();
        return writer.Empty(8).ToDelimited();
    }

    /// <summary>PubKeyResponse, the key in both forms: as 0.34 to 0.40 read it (field 1), and as bytes and type, as 1.0 does (3 and 4).</summary>
    public static byte[] PubKey(PublicKey key)
    {
        var isEd25519 = key.Algorithm == KeyAlgorithm.Ed25519;
        var writer = new ProtoWriter();
        var response = writer.Begin(2);
        var publicKey = writer.Begin(1);
        writer.Bytes(isEd25519 ? 1 : 2, key.Span);
        writer.End(publicKey);
        writer.Bytes(3, key.Span).Bytes(4, isEd25519 ? "ed25519"u8 : "secp256k1"u8);
        writer.End(response);
        return writer.ToDelimited();
    }

    /// <summary>The answer to a message that is no request, in the reply that the node waits for as far as that can be told. It keeps the
    /// connection.</summary>
    /// <param name="field">Field number of the message in Message.sum.</param>
    /// <param name="refusal">What is wrong with it.</param>
    public static byte[] Refusal(int field, Refusal refusal) => field switch
    {
        SignVoteRequest => Vote(NoVote, new SignReply.Refused(refusal)),
        SignProposalRequest => Proposal(NoProposal, new SignReply.Refused(refusal)),
        SignRawBytesRequest => RawBytes(new SignReply.Refused(refusal)),
        _ => PubKeyError(RemoteSignerError.From(refusal)),
    };

    /// <summary>PubKeyResponse with an error.</summary>
    public static byte[] PubKeyError(RemoteSignerError error)
    {
        var writer = new ProtoWriter();
        var response = writer.Begin(2);
        writer.Empty(1);
        Write(writer, error);
        writer.End(response);
        return writer.ToDelimited();
    }

    /// <summary>SignedVoteResponse.</summary>
    public static byte[] Vote(Vote asked, SignReply reply)
    {
        var writer = new ProtoWriter();
        var response = writer.Begin(4);
        if (reply is SignReply.Signed signed) Write(writer, asked with { Timestamp = signed.Timestamp }, signed);
        else Write(writer, NoVote, null);
        Write(writer, reply);
        writer.End(response);
        return writer.ToDelimited();
    }

    /// <summary>SignedProposalResponse.</summary>
    public static byte[] Proposal(Proposal asked, SignReply reply)
    {
        var writer = new ProtoWriter();
        var response = writer.Begin(6);
        if (reply is SignReply.Signed signed) Write(writer, asked with { Timestamp = signed.Timestamp }, signed.Signature);
        else Write(writer, NoProposal, null);
        Write(writer, reply);
        writer.End(response);
        return writer.ToDelimited();
    }

    /// <summary>SignedRawBytesResponse of Celestia, which is SignBytesResponse of CometBFT 1.0 and 2.0.</summary>
    public static byte[] RawBytes(SignReply reply)
    {
        var writer = new ProtoWriter();
        var response = writer.Begin(10);
        if (reply is SignReply.SignedRaw signed) writer.Bytes(1, signed.Signature.Span);
        Write(writer, reply);
        writer.End(response);
        return writer.ToDelimited();
    }

    private static void Write(ProtoWriter writer, Vote vote, SignReply.Signed? signed)
    {
        var start = writer.Begin(1);
        writer.Int64(1, vote.Type).Int64(2, vote.Height).Int64(3, vote.Round);
        Write(writer, 4, vote.BlockId);
        ProtoTimestamp.Write(writer, 5, vote.Timestamp);
        if (vote.ValidatorAddress.Length <= NodeId.Size) writer.Bytes(6, vote.ValidatorAddress.Span);
        writer.Int64(7, vote.ValidatorIndex);
        if (signed is not null) writer.Bytes(8, signed.Signature.Span);
        if (signed?.ExtensionSignature is { } extension) writer.Bytes(10, extension.Span);
        if (signed?.NonRpExtensionSignature is { } nonRpExtension) writer.Bytes(12, nonRpExtension.Span);
        writer.End(start);
    }

    private static void Write(ProtoWriter writer, Proposal proposal, Signature? signature)
    {
        var start = writer.Begin(1);
        writer.Int64(1, proposal.Type).Int64(2, proposal.Height).Int64(3, proposal.Round).Int64(4, proposal.PolRound);
        Write(writer, 5, proposal.BlockId);
        ProtoTimestamp.Write(writer, 6, proposal.Timestamp);
        if (signature is not null) writer.Bytes(7, signature.Span);
        writer.End(start);
    }

    private static void Write(ProtoWriter writer, int field, WireBlockId block) =>
        ProtoBlockId.Write(writer, field, block.Hash.Span, block.PartsTotal, block.PartsHash.Span);

    private static void Write(ProtoWriter writer, SignReply reply)
    {
        if (reply is SignReply.Refused refused) Write(writer, RemoteSignerError.From(refused.Refusal));
    }

    private static void Write(ProtoWriter writer, RemoteSignerError error)
    {
        var start = writer.Begin(2);
        writer.Int64(1, error.Code).Bytes(2, System.Text.Encoding.UTF8.GetBytes(error.Description));
        writer.End(start);
    }
}
