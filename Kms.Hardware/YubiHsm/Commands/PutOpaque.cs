namespace Kms.Hardware.YubiHsm.Commands;

/// <summary>Stores bytes.</summary>
/// <param name="Key">What it becomes.</param>
/// <param name="Content">At least one byte, and at most 1968 in a frame of 2048.</param>
public sealed record PutOpaqueCommand(NewObject Key, ReadOnlyMemory<byte> Content) : ICommand<ObjectIdResponse>
{
    /// <inheritdoc/>
    public CommandCode Code => CommandCode.PutOpaque;

    /// <inheritdoc/>
    public bool MayRepeat => false;

    /// <inheritdoc/>
    public int Size => NewObject.Size + Content.Length;

    /// <inheritdoc/>
    public void Write(Span<byte> data)
    {
        var writer = new ByteWriter(data);
        Key.Write(ref writer);
        writer.Bytes(Content.Span);
    }
}
