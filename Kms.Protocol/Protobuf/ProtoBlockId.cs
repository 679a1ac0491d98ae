namespace Kms.Protocol.Protobuf;

/// <summary>tendermint.types.BlockID and CanonicalBlockID: two messages, one encoding.</summary>
public static class ProtoBlockId
{
    /// <summary>Writes an embedded block id. Its part set header is written even when it is empty, as Go does.</summary>
    public static void Write(ProtoWriter writer, int field, ReadOnlySpan<byte> hash, uint partsTotal, ReadOnlySpan<byte> partsHash)
    {
        var start = writer.Begin(field);
        writer.Bytes(1, hash);
        var parts = writer.Begin(2);
        writer.Int64(1, partsTotal).Bytes(2, partsHash);
        writer.End(parts);
        writer.End(start);
    }
}
