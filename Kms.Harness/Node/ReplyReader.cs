using Kms.Core.Consensus;
using Kms.Harness.Wire;

namespace Kms.Harness;

/// <summary>Reads replies as a node of one dialect does: fields that it does not know are not there.</summary>
internal readonly struct ReplyReader(Dialect dialect)
{
    /// <summary>What a reply says. A node fails on the answer to another question; without a question (None) every answer is taken as it is.</summary>
    public SignerReply Interpret(Message.SumOneofCase asked, Message reply) => (asked, reply.SumCase) switch
    {
        (Message.SumOneofCase.PubKeyRequest or Message.SumOneofCase.None, Message.SumOneofCase.PubKeyResponse) =>
            reply.PubKeyResponse.Error is { } error ? Error(error, null) : PublicKey(reply.PubKeyResponse),
        (Message.SumOneofCase.SignVoteRequest or Message.SumOneofCase.None, Message.SumOneofCase.SignedVoteResponse) =>
            OrError(reply.SignedVoteResponse.Error, Signed(reply.SignedVoteResponse.Vote)),
        (Message.SumOneofCase.SignProposalRequest or Message.SumOneofCase.None, Message.SumOneofCase.SignedProposalResponse) =>
            OrError(reply.SignedProposalResponse.Error, Signed(reply.SignedProposalResponse.Proposal)),
        (Message.SumOneofCase.SignRawBytesRequest or Message.SumOneofCase.None, Message.SumOneofCase.SignedRawBytesResponse) =>
            OrError(reply.SignedRawBytesResponse.Error, new SignerReply.Signed(reply.SignedRawBytesResponse.Signature.Memory, Timestamp.GoZero, default)),
        (Message.SumOneofCase.PingRequest or Message.SumOneofCase.None, Message.SumOneofCase.PingResponse) => new SignerReply.Pong(),

        // CometBFT's own signer answers what it does not know with an empty message.
        (Message.SumOneofCase.None, Message.SumOneofCase.None) => new SignerReply.Error(0, "an empty message", null),
        var (question, answer) => new SignerReply.Malformed($"{Name(answer)} in answer to {Name(question)}"),
    };

    private static string Name(Message.SumOneofCase sum) => sum == Message.SumOneofCase.None ? "an empty message" : sum.ToString();

    private static SignerReply OrError(RemoteSignerError? error, SignerReply.Signed signed) => error is null ? signed : Error(error, signed);

    private static SignerReply.Error Error(RemoteSignerError error, SignerReply.Signed? signed) =>
        new(error.Code, error.Description,
            signed is { Signature.Length: > 0 } or { ExtensionSignature.Length: > 0 } or { NonRpExtensionSignature.Length: > 0 } ? signed : null);

    private SignerReply.PublicKey PublicKey(PubKeyResponse reply) => reply switch
    {
        _ when dialect.IsV1 => new SignerReply.PublicKey(reply.PubKeyType.Length > 0 ? reply.PubKeyType : "none", reply.PubKeyBytes.Memory),
        { PubKey: { SumCase: Wire.PublicKey.SumOneofCase.Ed25519 } key } => new SignerReply.PublicKey("ed25519", key.Ed25519.Memory),
        { PubKey: { SumCase: Wire.PublicKey.SumOneofCase.Secp256K1 } key } => new SignerReply.PublicKey("secp256k1", key.Secp256K1.Memory),
        _ => new SignerReply.PublicKey("none", ReadOnlyMemory<byte>.Empty),
    };

    // Absent fields are protobuf defaults, and an absent timestamp is Go's zero time.
    private SignerReply.Signed Signed(Vote? vote) =>
        new(vote?.Signature.Memory ?? default, Time(vote?.Timestamp),
            dialect.ExtensionSignatures < 1 ? default : vote?.ExtensionSignature.Memory ?? default)
        {
            NonRpExtensionSignature = dialect.ExtensionSignatures < 2 ? default : vote?.NonRpExtensionSignature.Memory ?? default,
        };

    private static SignerReply.Signed Signed(Proposal? proposal) =>
        new(proposal?.Signature.Memory ?? default, Time(proposal?.Timestamp), ReadOnlyMemory<byte>.Empty);

    private static Timestamp Time(Google.Protobuf.WellKnownTypes.Timestamp? time) =>
        time is null ? Timestamp.GoZero : new Timestamp(time.Seconds, time.Nanos);
}
