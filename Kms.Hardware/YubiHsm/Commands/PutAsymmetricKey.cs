namespace Kms.Hardware.YubiHsm.Commands;

/// <summary>Imports a secret key.</summary>
/// <param name="Key">What it becomes.</param>
/// <param name="Secret">Ed25519: the 32-byte seed; secp256k1: the 32-byte scalar, big-endian. The caller zeroes it.</param>
public sealed record PutAsymmetricKeyCommand(NewObject Key, ReadOnlyMemory<byte> Secret) : ICommand<ObjectIdResponse>
{
    /// <inheritdoc/>
    public CommandCode Code => CommandCode.PutAsymmetricKey;

    /// <inheritdoc/>
    public bool MayRepeat => false;

    /// <inheritdoc/>
    public int Size => NewObject.Size + Secret.Length;

    /// <inheritdoc/>
    public void Write(Span<byte> data)
    {
        var writer = new ByteWriter(data);
        Key.Write(ref writer);
        writer.Bytes(Secret.Span);
    }
}
