namespace Kms.Hardware.YubiHsm.Commands;

/// <summary>Deletes an object. Needs the capability delete- of its type.</summary>
/// <param name="Id">The object.</param>
/// <param name="Type">Its type.</param>
public sealed record DeleteObjectCommand(ushort Id, ObjectType Type) : ICommand<EmptyResponse>
{
    /// <inheritdoc/>
    public CommandCode Code => CommandCode.DeleteObject;

    /// <inheritdoc/>
    public bool MayRepeat => false;

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
