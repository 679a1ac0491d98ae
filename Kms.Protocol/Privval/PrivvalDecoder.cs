using Kms.Core.Consensus;
using Kms.Protocol.Protobuf;

namespace Kms.Protocol.Privval;

/// <summary>Decodes what a node asks, CometBFT 0.34 to 2.0: each version only adds fields, so nobody needs to say which one asks. Pure; accepts
/// and refuses what Go's decoder does: absent fields are protobuf defaults, the last of several oneof members counts, a repeated embedded
/// message merges into the first. Only the number of members is limited.</summary>
public static class PrivvalDecoder
{
    // A node sends one. Go decodes any number and keeps the last; a mebibyte of the smallest would cost hundreds of its own size.
    private const int MaxFields = 8;

    /// <summary>Decodes the body of one frame.</summary>
    /// <param name="body">The message without its length prefix.</param>
    /// <param name="request">The request; <see cref="PrivvalRequest.Malformed"/> on failure.</param>
    /// <param name="error">Why the bytes are no privval message; null on success.</param>
    public static bool TryDecode(ReadOnlySpan<byte> body, out PrivvalRequest request, out string? error)
    {
        request = new PrivvalRequest.Unknown(0);
        var reader = new ProtoReader(body);
        for (var fields = 0; reader.Next(); fields++)
        {
            if (fields == MaxFields)
            {
                reader.Fail($"a message of more than {MaxFields} fields");
                break;
            }

            switch (reader.Field)
            {
                case 1: request = PubKey(ref reader); break;
                case 3: request = SignVote(ref reader); break;
                case 5: request = SignProposal(ref reader); break;
                case 7: request = Ping(ref reader); break;
                case 9: request = SignRawBytes(ref reader); break;
                default:
                    request = reader.Field is <= 10 ? new PrivvalRequest.Unknown(reader.Field) : request;
                    reader.Skip();
                    break;
            }
        }

        error = reader.Error;
        if (error is not null) request = new PrivvalRequest.Malformed(reader.Field, error);
        return error is null;
    }

    private static PrivvalRequest.PubKey PubKey(ref ProtoReader outer)
    {
        var chain = default(ReadOnlySpan<byte>);
        var reader = new ProtoReader(outer.Bytes());
        while (reader.Next())
        {
            if (reader.Field == 1) chain = reader.Bytes();
            else reader.Skip();
        }

        outer.Fail(reader.Error);
        return new PrivvalRequest.PubKey(new ChainId(chain));
    }

    private static PrivvalRequest.Ping Ping(ref ProtoReader outer)
    {
        var reader = new ProtoReader(outer.Bytes());
        while (reader.Next()) reader.Skip();
        outer.Fail(reader.Error);
        return new PrivvalRequest.Ping();
    }

    // Field 9 is two messages: SignRawBytesRequest{chain_id = 1, raw_bytes = 2, unique_id = 3} of Celestia, and SignBytesRequest{value = 1} of
    // CometBFT 1.0. Celestia's never comes without its last two.
    private static PrivvalRequest.SignRawBytes SignRawBytes(ref ProtoReader outer)
    {
        ReadOnlySpan<byte> first = default, rawBytes = default, uniqueId = default;
        var isCelestia = false;
        var reader = new ProtoReader(outer.Bytes());
        while (reader.Next())
        {
            isCelestia |= reader.Field is 2 or 3;
            switch (reader.Field)
            {
                case 1: first = reader.Bytes(); break;
                case 2: rawBytes = reader.Bytes(); break;
                case 3: uniqueId = reader.Bytes(); break;
                default: reader.Skip(); break;
            }
        }

        outer.Fail(reader.Error);
        return new PrivvalRequest.SignRawBytes(isCelestia
            ? new RawBytesRequest.Celestia(new ChainId(first), uniqueId.ToArray(), rawBytes.ToArray())
            : new RawBytesRequest.CometBft(first.ToArray()));
    }

    private static PrivvalRequest.SignVote SignVote(ref ProtoReader outer)
    {
        var chain = default(ReadOnlySpan<byte>);
        var skipsExtensions = false;
        var fields = new MessageFields();
        var reader = new ProtoReader(outer.Bytes());
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: fields.ReadVote(ref reader); break;
                case 2: chain = reader.Bytes(); break;
                case 3: skipsExtensions = reader.Int64() != 0; break;
                default: reader.Skip(); break;
            }
        }

        outer.Fail(reader.Error);
        var (id, vote) = (new ChainId(chain), fields.ToVote());
        return new PrivvalRequest.SignVote(
            id, vote, fields.Present ? SignRequests.From(id, vote, skipsExtensions) : new Asked(null, "the request holds no vote"));
    }

    private static PrivvalRequest.SignProposal SignProposal(ref ProtoReader outer)
    {
        var chain = default(ReadOnlySpan<byte>);
        var fields = new MessageFields();
        var reader = new ProtoReader(outer.Bytes());
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: fields.ReadProposal(ref reader); break;
                case 2: chain = reader.Bytes(); break;
                default: reader.Skip(); break;
            }
        }

        outer.Fail(reader.Error);
        var (id, proposal) = (new ChainId(chain), fields.ToProposal());
        return new PrivvalRequest.SignProposal(
            id, proposal, fields.Present ? SignRequests.From(id, proposal) : new Asked(null, "the request holds no proposal"));
    }
}
