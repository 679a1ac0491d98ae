using System.Runtime.Serialization;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using ByteString = Google.Protobuf.ByteString;

namespace Kms.Persistence.Events;

/// <summary>Between the domain and chain_events.proto. Reading checks every value: a record that no release wrote must stop recovery,
/// not become a watermark.</summary>
internal static class WireMapping
{
    public static Wire.WatermarkAdvanced ToWire(ChainEvent.WatermarkAdvanced e) => new() { ChainId = Bytes(e.Chain.Utf8), Message = ToWire(e.Message) };

    public static Wire.FloorRaised ToWire(ChainEvent.FloorRaised e) => new() { ChainId = Bytes(e.Chain.Utf8), Floor = ToWire(e.Floor), Note = e.Note };

    public static Wire.Watermark ToWire(Watermark w)
    {
        var wire = new Wire.Watermark { ChainId = Bytes(w.Chain.Utf8), Floor = ToWire(w.Floor) };
        if (w.Last is not null) wire.Last = ToWire(w.Last);
        return wire;
    }

    public static ChainEvent.WatermarkAdvanced FromWire(Wire.WatermarkAdvanced wire) =>
        new(new ChainId(wire.ChainId.Span), FromWire(Present(wire.Message, "message")));

    public static ChainEvent.FloorRaised FromWire(Wire.FloorRaised wire) =>
        new(new ChainId(wire.ChainId.Span), FromWire(Present(wire.Floor, "floor")), wire.Note);

    public static Watermark FromWire(Wire.Watermark wire) =>
        new(new ChainId(wire.ChainId.Span), FromWire(Present(wire.Floor, "floor")), wire.Last is null ? null : FromWire(wire.Last));

    private static Wire.SignedMessage ToWire(SignedMessage message)
    {
        var wire = new Wire.SignedMessage
        {
            Hrs = ToWire(message.Hrs),
            TimestampSeconds = message.Timestamp.Seconds,
            TimestampNanos = message.Timestamp.Nanos,
            SignBytes = Bytes(message.SignBytes.Span),
        };
        if (message.PolRound is { } polRound) wire.PolRound = polRound;
        if (message.Block is { } block)
            wire.Block = new Wire.BlockId { Hash = Bytes(block.Hash.Span), PartsTotal = block.PartsTotal, PartsHash = Bytes(block.PartsHash.Span) };
        return wire;
    }

    private static SignedMessage FromWire(Wire.SignedMessage wire)
    {
        if (wire.SignBytes.IsEmpty) throw Corrupt("sign bytes are missing");
        var timestamp = new Timestamp(wire.TimestampSeconds, wire.TimestampNanos);
        if (!timestamp.IsValid) throw Corrupt($"{timestamp} is no timestamp");
        return new SignedMessage(
            FromWire(Present(wire.Hrs, "hrs")),
            wire.Block is null ? null : FromWire(wire.Block),
            wire.HasPolRound ? wire.PolRound : null,
            timestamp,
            new SignBytes(wire.SignBytes.Span));
    }

    private static BlockId FromWire(Wire.BlockId wire) =>
        BlockHash.FromBytes(wire.Hash.Span) is { } hash && BlockHash.FromBytes(wire.PartsHash.Span) is { } partsHash
            ? new BlockId(hash, wire.PartsTotal, partsHash)
            : throw Corrupt("a block hash has the wrong size");

    private static Wire.Hrs ToWire(Hrs hrs) => new() { Height = hrs.Height.Value, Round = hrs.Round.Value, Step = (int)hrs.Step };

    private static Hrs FromWire(Wire.Hrs wire) =>
        wire.Height >= 0 && wire.Round >= 0 && Enum.IsDefined((Step)wire.Step)
            ? new Hrs(wire.Height, wire.Round, (Step)wire.Step)
            : throw Corrupt($"{wire.Height}/{wire.Round}/{wire.Step} is no position");

    private static ByteString Bytes(ReadOnlySpan<byte> bytes) => ByteString.CopyFrom(bytes);

    private static T Present<T>(T? value, string field) where T : class => value ?? throw Corrupt($"field {field} is missing");

    private static SerializationException Corrupt(string what) => new($"a recorded event cannot be read: {what}");
}
