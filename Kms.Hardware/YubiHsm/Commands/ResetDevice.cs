namespace Kms.Hardware.YubiHsm.Commands;

/// <summary>Erases the device: only the factory authentication key is there afterwards. Needs reset-device.</summary>
/// <remarks>The device restarts at once: that no answer comes means nothing.</remarks>
public sealed record ResetDeviceCommand : ICommand<EmptyResponse>
{
    /// <inheritdoc/>
    public CommandCode Code => CommandCode.ResetDevice;

    /// <inheritdoc/>
    public bool MayRepeat => false;

    /// <inheritdoc/>
    public int Size => 0;

    /// <inheritdoc/>
    public void Write(Span<byte> data)
    {
    }
}
