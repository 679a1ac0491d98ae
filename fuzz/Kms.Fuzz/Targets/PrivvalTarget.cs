using Kms.Core;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Core.Signing;
using Kms.Protocol.Framing;
using Kms.Protocol.Privval;
using Kms.Protocol.Protobuf;
using Kms.Protocol.SignBytes;

namespace Kms.Fuzz.Targets;

/// <summary>Every message is decoded or refused; what is to be signed can be read back from its sign bytes; every reply is small enough for
/// every node. Input: the body of a frame.</summary>
internal static class PrivvalTarget
{
    private static readonly Signature Proof = new(Enumerable.Repeat((byte)0x5A, Signature.Size).ToArray());
    private static readonly RawBytesPolicy[] Policies = [.. Enum.GetValues<RawBytesForm>().Select(form => new RawBytesPolicy(form, [], Limits.MaxPayloadBytes))];
    private static readonly PublicKey Key = new(KeyAlgorithm.Secp256k1, Enumerable.Repeat((byte)2, 33).ToArray());

    public static bool Run(ReadOnlySpan<byte> input)
    {
        var decoded = PrivvalDecoder.TryDecode(input, out var request, out var error);
        Property.OneOf(decoded, error, nameof(PrivvalDecoder));
        Property.Holds(decoded == request is not PrivvalRequest.Malformed, "what cannot be decoded is malformed, and nothing else is");
        switch (request)
        {
            case PrivvalRequest.SignVote vote:
                Asked(vote.Chain, vote.Asked);
                Replies(4, reply => PrivvalEncoder.Vote(vote.Vote, reply), vote.Chain, vote.Asked);
                break;
            case PrivvalRequest.SignProposal proposal:
                Asked(proposal.Chain, proposal.Asked);
                Replies(6, reply => PrivvalEncoder.Proposal(proposal.Proposal, reply), proposal.Chain, proposal.Asked);
                break;
            case PrivvalRequest.SignRawBytes raw:
                foreach (var policy in Policies) RawBytes(policy, raw.Request);
                break;
            case PrivvalRequest.PubKey key:
                Reply(2, PrivvalEncoder.PubKey(Key));
                Reply(2, PrivvalEncoder.PubKeyError(RemoteSignerError.From(Refused(key.Chain, default, ""))));
                break;
            case PrivvalRequest.Ping: Reply(8, PrivvalEncoder.Ping()); break;
            case PrivvalRequest.Unknown unknown: Refusal(unknown.Field, $"message {unknown.Field}"); break;
            case PrivvalRequest.Malformed malformed: Refusal(malformed.Field, malformed.Error); break;
        }

        return decoded;
    }

    private static void Asked(ChainId chain, Asked asked)
    {
        Property.OneOf(asked.Request is not null, asked.Error, "a sign request");
        if (asked.Request is not { } request) return;
        Property.Holds(CanonicalMessage.TryParse(request.SignBytes, out var signedChain, out var message), "sign bytes cannot be read back");
        Property.Holds(signedChain == chain && signedChain == request.Chain, "sign bytes are for another chain");
        Property.Holds(message == SignedMessage.Of(request), "sign bytes say something else than was asked");
        if (request is not VoteRequest { ExtensionSignBytes: { } extension }) return;
        Property.Holds(request.Hrs.Step == Step.Precommit && request.Block is not null, "an extension of a message that has none");
        Property.Holds(!CanonicalMessage.TryParse(extension, out _, out _), "the sign bytes of an extension are those of a message");
        var bare = ((VoteRequest)request).NonRpExtensionSignBytes;
        Property.Holds(bare is not null && CanonicalShape.Of(bare.Span) is null, "an extension without replay protection is a message");
    }

    // Whoever asks chooses chain and bytes, so the chain of the request is the one that may be signed for.
    private static void RawBytes(RawBytesPolicy policy, RawBytesRequest request)
    {
        var chain = (request as RawBytesRequest.Celestia)?.Chain ?? new ChainId("");
        var (bytes, refusal) = policy.Judge(chain, request);
        Property.Holds(bytes is null == refusal is not null, "raw bytes with a verdict and a refusal, or with neither");
        Reply(10, PrivvalEncoder.RawBytes(bytes is null ? new SignReply.Refused(refusal!) : new SignReply.SignedRaw(Proof)));
        if (bytes is null) return;
        var prefixed = bytes.Span.StartsWith(RawBytesSignBytes.Prefix);
        Property.Holds(prefixed == request is RawBytesRequest.Celestia, "raw bytes behind the wrong name");
        Property.Holds(prefixed || CanonicalShape.Of(bytes.Span) is null, "raw bytes are a message");
    }

    private static void Replies(int field, Func<SignReply, byte[]> encode, ChainId chain, Asked asked)
    {
        var timestamp = asked.Request?.Timestamp ?? Timestamp.GoZero;
        if (asked.Request is not null) Reply(field, encode(new SignReply.Signed(Proof, timestamp, Proof) { NonRpExtensionSignature = Proof }));
        Reply(field, encode(new SignReply.Refused(Refused(chain, asked.Request?.Hrs ?? default, asked.Error ?? ""))));
    }

    private static void Refusal(int field, string error)
    {
        var reply = PrivvalEncoder.Refusal(field, Refused(new ChainId(""), default, error));
        Reply(field is 3 or 5 or 9 ? field + 1 : 2, reply);
    }

    private static Refusal Refused(ChainId chain, Hrs at, string detail) => new(RefusalReason.InvalidRequest, chain, at, null, detail);

    private static void Reply(int field, byte[] frame)
    {
        Property.Holds(frame.Length <= Limits.MaxReplyBytes, $"a reply of {frame.Length} bytes");
        var status = FrameParser.Parse(frame, Limits.MaxReplyBytes, out var body, out _);
        Property.Holds(status == FrameStatus.Complete && body.End.Value == frame.Length, "a reply is not one frame");
        var reader = new ProtoReader(frame.AsSpan(body));
        Property.Holds(reader.Next() && reader.Field == field, $"a reply is not message {field}");
        reader.Bytes();
        Property.Holds(!reader.Next() && reader.Error is null, "a reply is not one message");
    }
}
