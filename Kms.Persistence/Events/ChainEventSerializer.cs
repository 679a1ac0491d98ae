using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;
using Google.Protobuf;
using Kms.Core.DoubleSign;

namespace Kms.Persistence.Events;

/// <summary>Stores a chain's events and snapshots as Protobuf under short manifests. The identifier and the manifests are in every row
/// of every journal: they are never changed.</summary>
public sealed class ChainEventSerializer : SerializerWithStringManifest
{
    /// <summary>Manifest of <see cref="ChainEvent.WatermarkAdvanced"/>.</summary>
    public const string WatermarkAdvancedManifest = "WA";

    /// <summary>Manifest of <see cref="ChainEvent.FloorRaised"/>.</summary>
    public const string FloorRaisedManifest = "FR";

    /// <summary>Manifest of a <see cref="Watermark"/> snapshot.</summary>
    public const string WatermarkManifest = "WM";

    /// <summary>Created by Akka.</summary>
    public ChainEventSerializer(ExtendedActorSystem system) : base(system) { }

    /// <inheritdoc/>
    public override int Identifier => 3701;

    /// <inheritdoc/>
    public override string Manifest(object o) => o switch
    {
        ChainEvent.WatermarkAdvanced => WatermarkAdvancedManifest,
        ChainEvent.FloorRaised => FloorRaisedManifest,
        Watermark => WatermarkManifest,
        _ => throw Unknown(o.GetType().Name),
    };

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj) => obj switch
    {
        ChainEvent.WatermarkAdvanced e => WireMapping.ToWire(e).ToByteArray(),
        ChainEvent.FloorRaised e => WireMapping.ToWire(e).ToByteArray(),
        Watermark w => WireMapping.ToWire(w).ToByteArray(),
        _ => throw Unknown(obj.GetType().Name),
    };

    /// <inheritdoc/>
    /// <exception cref="SerializationException">The bytes are not what any release wrote.</exception>
    public override object FromBinary(byte[] bytes, string manifest)
    {
        try
        {
            return manifest switch
            {
                WatermarkAdvancedManifest => WireMapping.FromWire(Wire.WatermarkAdvanced.Parser.ParseFrom(bytes)),
                FloorRaisedManifest => WireMapping.FromWire(Wire.FloorRaised.Parser.ParseFrom(bytes)),
                WatermarkManifest => WireMapping.FromWire(Wire.Watermark.Parser.ParseFrom(bytes)),
                _ => throw Unknown(manifest),
            };
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new SerializationException($"a recorded event cannot be read: {e.Message}", e);
        }
    }

    private static SerializationException Unknown(string what) =>
        new($"'{what}' is not an event of this release; a newer release may have written it");
}
