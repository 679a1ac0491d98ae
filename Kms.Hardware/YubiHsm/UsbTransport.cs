using System.Security.Cryptography;
using Kms.Hardware.Usb;

namespace Kms.Hardware.YubiHsm;

/// <summary>A YubiHSM 2 on USB. It is opened by the first exchange, and again by the next one after a failure: unplugging and plugging in again
/// needs no more than another try. An answer that comes too late is never taken for the one to a later request.</summary>
/// <param name="serial">Serial number, at most ten digits, leading zeros optional; null when there is only one device.</param>
public sealed class UsbTransport(string? serial) : IYubiHsmTransport
{
    private const int SerialDigits = 10;
    private const byte Echo = 0x01;
    private const byte EchoAnswer = 0x81;
    private const byte EchoBytes = 16;

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly string? _serial = serial?.PadLeft(SerialDigits, '0');
    private UsbConnection? _connection;
    private bool _isDisposed;

    /// <summary>The device: one interface, two bulk endpoints, full speed.</summary>
    public static UsbModel Model { get; } = new("YubiHSM 2", 0x1050, 0x0030, Interface: 0, Out: 0x01, In: 0x81, PacketBytes: 64);

    /// <inheritdoc/>
    public async ValueTask<TransportReply> ExchangeAsync(ReadOnlyMemory<byte> frame, CancellationToken deadline)
    {
        try
        {
            await _gate.WaitAsync(deadline);
        }
        catch (OperationCanceledException)
        {
            return TransportReply.Failed($"the {Model.Name} was busy with another request until the deadline");
        }

        try
        {
            var error = await OpenAsync(deadline);
            if (error is not null) return TransportReply.Failed(error.Sentence);
            (var answer, error) = await _connection!.ExchangeAsync(frame, deadline);
            return answer is { } bytes ? TransportReply.Ok(bytes) : TransportReply.Failed(error!.Sentence);
        }
        finally
        {
            if (_isDisposed) _connection?.Dispose();
            _gate.Release();
        }
    }

    /// <summary>Closes the device after the exchange that goes on, if any.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        _connection?.Dispose();
    }

    private async Task<UsbError?> OpenAsync(CancellationToken deadline)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (_connection is { IsUsable: true }) return null;
        if (_connection is { } broken) await broken.CloseAsync();
        (_connection, var error) = await UsbConnection.OpenAsync(Model, _serial);
        if (error is not null) return error;

        // The device may still be at work on what it was asked before; it answers in order.
        var random = RandomNumberGenerator.GetBytes(EchoBytes);
        return await _connection!.SynchroniseAsync((byte[])[Echo, 0, EchoBytes, .. random], (byte[])[EchoAnswer, 0, EchoBytes, .. random], deadline);
    }
}
