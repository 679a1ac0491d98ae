namespace Kms.Hardware.YubiHsm.Commands;

/// <summary>Changes the secret of the session's own authentication key.</summary>
/// <param name="Id">The authentication key of the session.</param>
/// <param name="Secret">K-ENC, K-MAC: 32 bytes. The caller zeroes it.</param>
public sealed record ChangeAuthenticationKeyCommand(ushort Id, ReadOnlyMemory<byte> Secret) : ICommand<ObjectIdResponse>
{
    /// <inheritdoc/>
    public CommandCode Code => CommandCode.ChangeAuthenticationKey;

    /// <inheritdoc/>
    public bool MayRepeat => false;

    /// <inheritdoc/>
    public int Size => 3 + Secret.Length;

    /// <inheritdoc/>
    public void Write(Span<byte> data)
    {
        var writer = new ByteWriter(data);
        writer.UInt16(Id);
        writer.Byte((byte)Algorithm.Aes128YubicoAuthentication);
        writer.Bytes(Secret.Span);
    }
}
