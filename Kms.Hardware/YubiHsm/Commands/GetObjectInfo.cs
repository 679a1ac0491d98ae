using System.Diagnostics.CodeAnalysis;

namespace Kms.Hardware.YubiHsm.Commands;

/// <summary>Asks for all that an object says about itself. Needs no capability.</summary>
/// <param name="Id">The object.</param>
/// <param name="Type">Its type.</param>
public sealed record GetObjectInfoCommand(ushort Id, ObjectType Type) : ICommand<GetObjectInfoResponse>
{
    /// <inheritdoc/>
    public CommandCode Code => CommandCode.GetObjectInfo;

    /// <inheritdoc/>
    public bool MayRepeat => true;

    /// <inheritdoc/>
    public int Size => 3;

    /// <inheritdoc/>
    public void Write(Span<byte> data)
    {
        var writer = new ByteWriter(data);
        writer.UInt16(Id);
        writer.Byte((byte)Type);
    }
}

/// <summary>An object without its content.</summary>
/// <param name="Capabilities">What it may be used for.</param>
/// <param name="Id">Its id.</param>
/// <param name="Length">Bytes of storage: to show, not to check.</param>
/// <param name="Domains">Where it is seen.</param>
/// <param name="Type">Its type.</param>
/// <param name="Algorithm">What it is.</param>
/// <param name="Sequence">How often the id was used before.</param>
/// <param name="Origin">1 generated, 2 imported; 0x10 more when it was imported under wrap.</param>
/// <param name="Label">Its label.</param>
/// <param name="DelegatedCapabilities">What the objects may have that an authentication key makes, or a wrap key exports.</param>
public sealed record GetObjectInfoResponse(
    Capability Capabilities, ushort Id, ushort Length, Domains Domains, ObjectType Type, Algorithm Algorithm, byte Sequence, byte Origin,
    ObjectLabel Label, Capability DelegatedCapabilities) : IResponse<GetObjectInfoResponse>
{
    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<byte> data, [NotNullWhen(true)] out GetObjectInfoResponse? response)
    {
        var reader = new ByteReader(data);
        var parsed = new GetObjectInfoResponse(
            (Capability)reader.UInt64(), reader.UInt16(), reader.UInt16(), new Domains(reader.UInt16()), (ObjectType)reader.Byte(),
            (Algorithm)reader.Byte(), reader.Byte(), reader.Byte(), ObjectLabel.FromBytes(reader.Bytes(ObjectLabel.Size)), (Capability)reader.UInt64());
        response = reader.Complete ? parsed : null;
        return response is not null;
    }
}
