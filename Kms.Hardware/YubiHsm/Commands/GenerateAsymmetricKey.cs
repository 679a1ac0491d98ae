namespace Kms.Hardware.YubiHsm.Commands;

/// <summary>Makes a key pair in the device.</summary>
/// <param name="Key">What to make.</param>
public sealed record GenerateAsymmetricKeyCommand(NewObject Key) : ICommand<ObjectIdResponse>
{
    /// <inheritdoc/>
    public CommandCode Code => CommandCode.GenerateAsymmetricKey;

    /// <inheritdoc/>
    public bool MayRepeat => false;

    /// <inheritdoc/>
    public int Size => NewObject.Size;

    /// <inheritdoc/>
    public void Write(Span<byte> data)
    {
        var writer = new ByteWriter(data);
        Key.Write(ref writer);
    }
}
