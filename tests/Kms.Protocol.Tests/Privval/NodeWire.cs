using Google.Protobuf;
using Kms.Core.Consensus;
using Kms.Testing;
using ByteString = Google.Protobuf.ByteString;

namespace Kms.Protocol.Tests.Privval;

/// <summary>A block id as a node sends it.</summary>
internal sealed record NodeBlockId(byte[] Hash, uint PartsTotal, byte[] PartsHash)
{
    public static NodeBlockId Of(Vector block) => new(block.Hex("hash"), checked((uint)block.Number("parts_total")), block.Hex("parts_hash"));
}

/// <summary>A vote as a node sends it, signatures included.</summary>
internal sealed record NodeVote(
    int Type, long Height, int Round, NodeBlockId Block, Timestamp Timestamp, byte[] Address, int Index,
    byte[] Signature, byte[] Extension, byte[] ExtensionSignature)
{
    /// <summary>Only in 2.0.</summary>
    public byte[] NonRpExtension { get; init; } = [];

    /// <summary>Only in 2.0.</summary>
    public byte[] NonRpExtensionSignature { get; init; } = [];

    public static readonly NodeVote Default = new(0, 0, 0, new NodeBlockId([], 0, []), Timestamp.GoZero, [], 0, [], [], []);

    public static NodeVote Of(Vector vote) => new(
        vote.Int("type"), vote.Number("height"), vote.Int("round"), NodeBlockId.Of(vote.In("block_id")), vote.Time("timestamp"),
        vote.Hex("validator_address"), vote.Int("validator_index"), vote.Hex("signature"), vote.Hex("extension"), vote.Hex("extension_signature"));
}

/// <summary>A proposal as a node sends it, signature included.</summary>
internal sealed record NodeProposal(int Type, long Height, int Round, int PolRound, NodeBlockId Block, Timestamp Timestamp, byte[] Signature)
{
    public static readonly NodeProposal Default = new(0, 0, 0, 0, new NodeBlockId([], 0, []), Timestamp.GoZero, []);

    public static NodeProposal Of(Vector proposal) => new(
        proposal.Int("type"), proposal.Number("height"), proposal.Int("round"), proposal.Int("pol_round"),
        NodeBlockId.Of(proposal.In("block_id")), proposal.Time("timestamp"), proposal.Hex("signature"));
}

/// <summary>Privval messages the way Go writes them, made with Google's protobuf writer: a second opinion that shares no code with
/// the one under test. Fields in order, zero scalars left out, embedded messages always there.</summary>
internal static class NodeWire
{
    public static byte[] PubKeyRequest(byte[] chain) => Delimited(1, Message(o => Bytes(o, 1, chain)));

    public static byte[] PubKeyResponse(byte[] publicKey) =>
        Delimited(2, Message(o => Embedded(o, 1, Message(key => Bytes(key, publicKey.Length == 33 ? 2 : 1, publicKey)))));

    /// <summary>The form of 1.0.</summary>
    public static byte[] PubKeyResponse(byte[] publicKey, string type) => Delimited(2, Message(o =>
    {
        Bytes(o, 3, publicKey);
        Bytes(o, 4, System.Text.Encoding.UTF8.GetBytes(type));
    }));

    public static byte[] PubKeyError(int code, string description) => Delimited(2, Message(o =>
    {
        Embedded(o, 1, []);
        Embedded(o, 2, Error(code, description));
    }));

    public static byte[] PingRequest() => Delimited(7, []);

    public static byte[] PingResponse() => Delimited(8, []);

    public static byte[] SignVoteRequest(byte[] chain, NodeVote vote, bool skipsExtensions = false) => Delimited(3, Message(o =>
    {
        Embedded(o, 1, Vote(vote));
        Bytes(o, 2, chain);
        Number(o, 3, skipsExtensions ? 1 : 0);
    }));

    public static byte[] SignProposalRequest(byte[] chain, NodeProposal proposal) => Delimited(5, Message(o =>
    {
        Embedded(o, 1, Proposal(proposal));
        Bytes(o, 2, chain);
    }));

    public static byte[] SignedVoteResponse(NodeVote vote) => Delimited(4, Message(o => Embedded(o, 1, Vote(vote))));

    public static byte[] SignedVoteError(int code, string description) => Delimited(4, Message(o =>
    {
        Embedded(o, 1, Vote(NodeVote.Default));
        Embedded(o, 2, Error(code, description));
    }));

    public static byte[] SignedProposalResponse(NodeProposal proposal) => Delimited(6, Message(o => Embedded(o, 1, Proposal(proposal))));

    public static byte[] SignedProposalError(int code, string description) => Delimited(6, Message(o =>
    {
        Embedded(o, 1, Proposal(NodeProposal.Default));
        Embedded(o, 2, Error(code, description));
    }));

    public static byte[] SignRawBytesRequest(byte[] chain, byte[] rawBytes, byte[] uniqueId) => Delimited(9, Raw(chain, rawBytes, uniqueId));

    public static byte[] SignBytesRequest(byte[] value) => Delimited(9, Message(o => Bytes(o, 1, value)));

    public static byte[] SignedRawBytesResponse(byte[] signature) => Delimited(10, Message(o => Bytes(o, 1, signature)));

    public static byte[] SignedRawBytesError(int code, string description) => Delimited(10, Message(o => Embedded(o, 2, Error(code, description))));

    /// <summary>What Celestia signs for raw bytes.</summary>
    public static byte[] RawBytesSignBytes(byte[] chain, byte[] rawBytes, byte[] uniqueId) =>
        [.. "COMET::RAW_BYTES::SIGN"u8, .. Message(o => o.WriteBytes(ByteString.CopyFrom(Raw(chain, rawBytes, uniqueId))))];

    /// <summary>A frame without the fields that a node of this version does not have and passes over.</summary>
    public static byte[] AsSeenBy(string version, byte[] frame)
    {
        int[][] unknown = version == "v1.0" ? [[2, 1], [4, 1, 12]] : [[2, 3], [2, 4], [4, 1, 12]];
        return unknown.Aggregate(frame, Without);
    }

    /// <summary>The same frame without one field, found by its path of field numbers; all other bytes stay as they are.</summary>
    public static byte[] Without(byte[] frame, params int[] path)
    {
        var input = new CodedInputStream(frame);
        var body = input.ReadBytes().ToByteArray();
        return Message(o => o.WriteBytes(ByteString.CopyFrom(Stripped(body, path))));
    }

    private static byte[] Stripped(byte[] message, int[] path)
    {
        var kept = new List<byte>();
        var input = new CodedInputStream(message);
        for (var start = 0; input.ReadTag() is var tag and not 0; start = (int)input.Position)
        {
            var onPath = WireFormat.GetTagFieldNumber(tag) == path[0];
            if (onPath && path.Length > 1) kept.AddRange(Message(o => Embedded(o, path[0], Stripped(input.ReadBytes().ToByteArray(), path[1..]))));
            else input.SkipLastField();
            if (!onPath) kept.AddRange(message[start..(int)input.Position]);
        }

        return [.. kept];
    }

    private static byte[] Raw(byte[] chain, byte[] rawBytes, byte[] uniqueId) => Message(o =>
    {
        Bytes(o, 1, chain);
        Bytes(o, 2, rawBytes);
        Bytes(o, 3, uniqueId);
    });

    private static byte[] Vote(NodeVote vote) => Message(o =>
    {
        Number(o, 1, vote.Type);
        Number(o, 2, vote.Height);
        Number(o, 3, vote.Round);
        Embedded(o, 4, Block(vote.Block));
        Embedded(o, 5, Time(vote.Timestamp));
        Bytes(o, 6, vote.Address);
        Number(o, 7, vote.Index);
        Bytes(o, 8, vote.Signature);
        Bytes(o, 9, vote.Extension);
        Bytes(o, 10, vote.ExtensionSignature);
        Bytes(o, 11, vote.NonRpExtension);
        Bytes(o, 12, vote.NonRpExtensionSignature);
    });

    private static byte[] Proposal(NodeProposal proposal) => Message(o =>
    {
        Number(o, 1, proposal.Type);
        Number(o, 2, proposal.Height);
        Number(o, 3, proposal.Round);
        Number(o, 4, proposal.PolRound);
        Embedded(o, 5, Block(proposal.Block));
        Embedded(o, 6, Time(proposal.Timestamp));
        Bytes(o, 7, proposal.Signature);
    });

    private static byte[] Block(NodeBlockId block) => Message(o =>
    {
        Bytes(o, 1, block.Hash);
        Embedded(o, 2, Message(parts =>
        {
            Number(parts, 1, block.PartsTotal);
            Bytes(parts, 2, block.PartsHash);
        }));
    });

    private static byte[] Time(Timestamp timestamp) => Message(o =>
    {
        Number(o, 1, timestamp.Seconds);
        Number(o, 2, timestamp.Nanos);
    });

    private static byte[] Error(int code, string description) => Message(o =>
    {
        Number(o, 1, code);
        Bytes(o, 2, System.Text.Encoding.UTF8.GetBytes(description));
    });

    private static byte[] Delimited(int field, byte[] body)
    {
        var message = Message(o => Embedded(o, field, body));
        return Message(o => o.WriteBytes(ByteString.CopyFrom(message)));
    }

    private static byte[] Message(Action<CodedOutputStream> write)
    {
        using var stream = new MemoryStream();
        using (var output = new CodedOutputStream(stream)) write(output);
        return stream.ToArray();
    }

    private static void Number(CodedOutputStream output, int field, long value)
    {
        if (value == 0) return;
        output.WriteTag(field, WireFormat.WireType.Varint);
        output.WriteInt64(value);
    }

    private static void Bytes(CodedOutputStream output, int field, byte[] value)
    {
        if (value.Length > 0) Embedded(output, field, value);
    }

    private static void Embedded(CodedOutputStream output, int field, byte[] message)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(message));
    }
}
