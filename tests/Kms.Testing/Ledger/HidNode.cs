using System.Threading.Channels;

namespace Kms.Testing.Ledger;

/// <summary>An open hidraw node of a <see cref="LedgerHid"/>: reports of 64 bytes.</summary>
public sealed class HidNode : IDisposable
{
    /// <summary>errno of a write to a device that is gone.</summary>
    public const int NoDevice = 19;

    /// <summary>errno of a read from a device that is gone.</summary>
    public const int InputOutput = 5;

    // HIDRAW_BUFFER_SIZE of the kernel: what comes when so many were not read is thrown away.
    private const int Unread = 64;

    private readonly LedgerHid _device;
    private readonly Channel<byte[]> _reports = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(Unread) { FullMode = BoundedChannelFullMode.DropWrite });

    internal HidNode(LedgerHid device) => _device = device;

    /// <summary>Sends a report: 64 bytes, with or without the report number 0 in front. Any other length is sent too, and the device ignores it.</summary>
    /// <exception cref="IOException">The device is gone.</exception>
    public void Write(ReadOnlySpan<byte> report) => _device.Write(this, report is [0, .. var rest] ? rest : report);

    /// <summary>The next report if one is there.</summary>
    public byte[]? TryRead() => _reports.Reader.TryRead(out var report) ? report : null;

    /// <summary>The next report, as soon as it comes.</summary>
    /// <exception cref="IOException">The device is gone, and everything that it sent before was read.</exception>
    public async ValueTask<byte[]> ReadAsync(CancellationToken cancel = default)
    {
        while (await _reports.Reader.WaitToReadAsync(cancel))
            if (TryRead() is { } report) return report;
        throw new ObjectDisposedException(nameof(HidNode));
    }

    /// <summary>Closes it.</summary>
    public void Dispose()
    {
        _device.Close(this);
        _reports.Writer.TryComplete();
    }

    internal void Deliver(byte[] report) => _reports.Writer.TryWrite(report);

    internal void End() => _reports.Writer.TryComplete(new IOException("input/output error", InputOutput));
}
