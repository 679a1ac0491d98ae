namespace Kms.Hardware.YubiHsm.Commands;

/// <summary>Ends the session. A device has 16; one that is not closed is in use for another 30 s.</summary>
public sealed record CloseSessionCommand : ICommand<EmptyResponse>
{
    /// <inheritdoc/>
    public CommandCode Code => CommandCode.CloseSession;

    /// <inheritdoc/>
    public bool MayRepeat => false;

    /// <inheritdoc/>
    public int Size => 0;

    /// <inheritdoc/>
    public void Write(Span<byte> data)
    {
    }
}
