using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Kms.Hardware.Usb;

namespace Kms.Hardware.YubiHsm;

/// <summary>A YubiHSM 2 on USB. It is opened by the first exchange, and again by the next one after a failure: unplugging and plugging in again
/// needs no more than another try. An answer that comes too late is never taken for the one to a later request.</summary>
public sealed class UsbTransport : IYubiHsmTransport
{
    private const int SerialDigits = 10;
    private const byte Echo = 0x01;
    private const byte EchoAnswer = 0x81;
    private const byte EchoBytes = 16;

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly string? _serial;
    private readonly TimeSpan _timeout;
    private UsbConnection? _connection;
    private bool _isDisposed;

    private UsbTransport(string? serial, TimeSpan timeout) => (_serial, _timeout) = (serial?.PadLeft(SerialDigits, '0'), timeout);

    /// <summary>The device: one interface, two bulk endpoints, full speed.</summary>
    public static UsbModel Model { get; } = new("YubiHSM 2", 0x1050, 0x0030, Interface: 0, Out: 0x01, In: 0x81, PacketBytes: 64);

    /// <summary>Reads a serial number; looks at no device yet.</summary>
    /// <param name="serial">At most ten digits, leading zeros optional; null when there is only one device.</param>
    /// <param name="timeout">Most time for an exchange, and once more to make sure of a device that was opened.</param>
    /// <param name="transport">The way; null on failure.</param>
    /// <param name="error">What is wrong with the serial number.</param>
    public static bool TryCreate(
        string? serial, TimeSpan timeout, [NotNullWhen(true)] out UsbTransport? transport, [NotNullWhen(false)] out string? error)
    {
        var isSerial = serial is null || (serial.Length is > 0 and <= SerialDigits && serial.All(char.IsAsciiDigit));
        transport = isSerial ? new UsbTransport(serial, timeout) : null;
        error = isSerial ? null : $"must be the serial number of a {Model.Name}, at most {SerialDigits} digits, such as \"0123456789\"";
        return isSerial;
    }

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
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(deadline);
            var error = await OpenAsync(timeout);
            if (error is not null) return TransportReply.Failed(error.Sentence);
            timeout.CancelAfter(_timeout);
            (var answer, error) = await _connection!.ExchangeAsync(frame, timeout.Token);
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

    private async Task<UsbError?> OpenAsync(CancellationTokenSource timeout)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (_connection is { IsUsable: true }) return null;
        if (_connection is { } broken) await broken.CloseAsync();
        (_connection, var error) = await UsbConnection.OpenAsync(Model, _serial);
        if (error is not null) return error;

        // Only from here on is it this device that is waited for: another one that does not tell its serial number took a second or two.
        timeout.CancelAfter(_timeout);
        // It may still be at work on what it was asked before; it answers in order.
        var random = RandomNumberGenerator.GetBytes(EchoBytes);
        return await _connection!.SynchroniseAsync((byte[])[Echo, 0, EchoBytes, .. random], (byte[])[EchoAnswer, 0, EchoBytes, .. random], timeout.Token);
    }
}
