namespace Kms.Hardware.YubiHsm.Commands;

/// <summary>Lets the device blink, to tell several apart.</summary>
/// <param name="Seconds">For how long.</param>
public sealed record BlinkDeviceCommand(byte Seconds) : ICommand<EmptyResponse>
{
    /// <inheritdoc/>
    public CommandCode Code => CommandCode.BlinkDevice;

    /// <inheritdoc/>
    public bool MayRepeat => true;

    /// <inheritdoc/>
    public int Size => 1;

    /// <inheritdoc/>
    public void Write(Span<byte> data)
    {
        var writer = new ByteWriter(data);
        writer.Byte(Seconds);
    }
}
