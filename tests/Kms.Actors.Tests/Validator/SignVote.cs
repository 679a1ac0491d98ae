using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Protocol.Protobuf;
using Kms.Testing;

namespace Kms.Actors.Tests.Validator;

/// <summary>The request of a CometBFT 2.0 node to sign a vote (proto/cometbft/privval/v2/types.proto, SignVoteRequest), with everything that 2.0
/// knows; older nodes send less of it.</summary>
internal sealed record SignVote(int Type, long Height, BlockId? Block)
{
    public long Seconds { get; init; } = 1;

    public byte[] Extension { get; init; } = [];

    public byte[] NonRpExtension { get; init; } = [];

    public bool SkipsExtensions { get; init; }

    public static SignVote Prevote(long height, BlockId? block) => new(1, height, block);

    public static SignVote Precommit(long height, BlockId? block) => new(2, height, block);

    public byte[] ToFrame()
    {
        var writer = new ProtoWriter();
        var request = writer.Begin(3);
        var vote = writer.Begin(1);
        writer.Int64(1, Type).Int64(2, Height);
        if (Block is not null) ProtoBlockId.Write(writer, 4, Block.Hash.Span, Block.PartsTotal, Block.PartsHash.Span);
        ProtoTimestamp.Write(writer, 5, new Timestamp(Seconds, 0));
        writer.Bytes(9, Extension).Bytes(11, NonRpExtension);
        writer.End(vote);
        writer.Bytes(2, Ask.Chain.Utf8).Int64(3, SkipsExtensions ? 1 : 0);
        writer.End(request);
        return writer.ToDelimited();
    }
}

/// <summary>What such a node takes from a SignedVoteResponse (types/vote.go, SignAndCheckVote).</summary>
internal sealed record SignedVote(long Seconds, Signature? Signature, Signature? Extension, Signature? NonRpExtension, string? Error)
{
    public static SignedVote From(byte[] body)
    {
        var response = Field(body, 4);
        var vote = Field(response, 1);
        return new SignedVote(
            Number(Field(vote, 5), 1), SignatureIn(vote, 8), SignatureIn(vote, 10), SignatureIn(vote, 12), ErrorIn(Field(response, 2)));
    }

    private static Signature? SignatureIn(byte[] vote, int field) => Field(vote, field) is { Length: > 0 } bytes ? new Signature(bytes) : null;

    private static string? ErrorIn(byte[] error) => error.Length == 0 ? null : System.Text.Encoding.UTF8.GetString(Field(error, 2));

    private static byte[] Field(byte[] message, int field)
    {
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            if (reader.Field == field) return reader.Bytes().ToArray();
            reader.Skip();
        }

        Assert.Null(reader.Error);
        return [];
    }

    private static long Number(byte[] message, int field)
    {
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            if (reader.Field == field) return reader.Int64();
            reader.Skip();
        }

        return 0;
    }
}
