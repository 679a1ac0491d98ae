namespace Kms.Hardware.YubiHsm.Commands;

/// <summary>Makes a wrap key in the device.</summary>
/// <param name="Key">What to make.</param>
/// <param name="Delegated">What the objects may have that it exports and imports.</param>
public sealed record GenerateWrapKeyCommand(NewObject Key, Capability Delegated) : ICommand<ObjectIdResponse>
{
    /// <inheritdoc/>
    public CommandCode Code => CommandCode.GenerateWrapKey;

    /// <inheritdoc/>
    public bool MayRepeat => false;

    /// <inheritdoc/>
    public int Size => NewObject.Size + 8;

    /// <inheritdoc/>
    public void Write(Span<byte> data)
    {
        var writer = new ByteWriter(data);
        Key.Write(ref writer);
        writer.UInt64((ulong)Delegated);
    }
}
