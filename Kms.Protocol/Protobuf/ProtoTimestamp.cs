using Kms.Core.Consensus;

namespace Kms.Protocol.Protobuf;

/// <summary>google.protobuf.Timestamp.</summary>
public static class ProtoTimestamp
{
    /// <summary>Decodes a timestamp. An empty one is 1970; values outside the years 1 to 9999 are errors, as in Go.</summary>
    public static Timestamp Decode(ReadOnlySpan<byte> data, out string? error)
    {
        long seconds = 0;
        var nanos = 0;
        var reader = new ProtoReader(data);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: seconds = reader.Int64(); break;
                case 2: nanos = reader.Int32(); break;
                default: reader.Skip(); break;
            }
        }

        var timestamp = new Timestamp(seconds, nanos);
        error = reader.Error ?? (timestamp.IsValid ? null : "timestamp outside the years 1 to 9999");
        return timestamp;
    }

    /// <summary>Writes an embedded timestamp; consensus messages never leave it out.</summary>
    public static void Write(ProtoWriter writer, int field, Timestamp timestamp)
    {
        var start = writer.Begin(field);
        writer.Int64(1, timestamp.Seconds).Int64(2, timestamp.Nanos);
        writer.End(start);
    }
}
