namespace Kms.Hardware.YubiHsm.Commands;

/// <summary>Frees the entries of the log up to and including one. Needs get-log-entries.</summary>
/// <param name="Index">The number of the last entry that was read.</param>
public sealed record SetLogIndexCommand(ushort Index) : ICommand<EmptyResponse>
{
    /// <inheritdoc/>
    public CommandCode Code => CommandCode.SetLogIndex;

    /// <inheritdoc/>
    public bool MayRepeat => true;

    /// <inheritdoc/>
    public int Size => 2;

    /// <inheritdoc/>
    public void Write(Span<byte> data)
    {
        var writer = new ByteWriter(data);
        writer.UInt16(Index);
    }
}
