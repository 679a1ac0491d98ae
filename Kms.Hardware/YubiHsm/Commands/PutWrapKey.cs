namespace Kms.Hardware.YubiHsm.Commands;

/// <summary>Imports a wrap key.</summary>
/// <param name="Key">What it becomes.</param>
/// <param name="Delegated">What the objects may have that it exports and imports.</param>
/// <param name="Secret">16, 24 or 32 bytes, as the algorithm says. The caller zeroes it.</param>
public sealed record PutWrapKeyCommand(NewObject Key, Capability Delegated, ReadOnlyMemory<byte> Secret) : ICommand<ObjectIdResponse>
{
    /// <inheritdoc/>
    public CommandCode Code => CommandCode.PutWrapKey;

    /// <inheritdoc/>
    public bool MayRepeat => false;

    /// <inheritdoc/>
    public int Size => NewObject.Size + 8 + Secret.Length;

    /// <inheritdoc/>
    public void Write(Span<byte> data)
    {
        var writer = new ByteWriter(data);
        Key.Write(ref writer);
        writer.UInt64((ulong)Delegated);
        writer.Bytes(Secret.Span);
    }
}
