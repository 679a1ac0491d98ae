namespace Kms.Hardware.YubiHsm.Commands;

/// <summary>Imports an authentication key.</summary>
/// <param name="Key">What it becomes.</param>
/// <param name="Delegated">What the objects may have that it makes.</param>
/// <param name="Secret">K-ENC, K-MAC: 32 bytes. The caller zeroes it.</param>
public sealed record PutAuthenticationKeyCommand(NewObject Key, Capability Delegated, ReadOnlyMemory<byte> Secret) : ICommand<ObjectIdResponse>
{
    /// <inheritdoc/>
    public CommandCode Code => CommandCode.PutAuthenticationKey;

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
