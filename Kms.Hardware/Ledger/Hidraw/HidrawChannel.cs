using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Kms.Hardware.Ledger.Hidraw;

/// <summary>An open hidraw node. It outlives its device by errors alone: what is plugged in again has a node of its own.</summary>
/// <param name="handle">Does not block when it is read. Owned.</param>
/// <param name="errors">About the device.</param>
internal sealed class HidrawChannel(SafeFileHandle handle, HidrawErrors errors) : IHidChannel
{
    // The kernel keeps this many for each open node (HIDRAW_BUFFER_SIZE).
    private const int MaxUnread = 64;

    // How late a deadline is noticed at most; what the device sends is noticed at once.
    private const int SliceMilliseconds = 100;

    /// <inheritdoc/>
    public async ValueTask<string?> WriteAsync(ReadOnlyMemory<byte> report, CancellationToken deadline) =>
        // The kernel waits for the device whatever the flags are, 5 s at most.
        deadline.IsCancellationRequested ? errors.TimedOut : await HidrawThread.RunAsync(() => Write(report.Span));

    /// <inheritdoc/>
    public async ValueTask<HidReport> ReadAsync(CancellationToken deadline) => TryRead() ?? await HidrawThread.RunAsync(() => Wait(deadline));

    /// <inheritdoc/>
    public string? Drain()
    {
        for (var unread = 0; unread <= MaxUnread; unread++)
        {
            if (TryRead() is not { } report) return null;
            if (report.Error is { } error) return error;
        }

        return errors.Endless;
    }

    /// <inheritdoc/>
    public void Dispose() => handle.Dispose();

    private string? Write(ReadOnlySpan<byte> report)
    {
        // In front the number of the report: these have none.
        Span<byte> numbered = stackalloc byte[1 + HidFraming.ReportSize];
        numbered[0] = 0;
        report.CopyTo(numbered[1..]);
        while (true)
        {
            var written = LibC.Write(handle, numbered, numbered.Length);
            if (written == numbered.Length) return null;
            var errno = written < 0 ? Marshal.GetLastPInvokeError() : LibC.TimedOut;
            if (errno != LibC.Interrupted) return errors.Of(errno == LibC.Again ? LibC.TimedOut : errno, "write to");
        }
    }

    private HidReport Wait(CancellationToken deadline)
    {
        while (!deadline.IsCancellationRequested)
        {
            var ready = LibC.Poll(handle, SliceMilliseconds);
            if (TryRead() is { } report) return report;
            if ((ready & ~LibC.Readable) != 0) return HidReport.Failed(errors.Unplugged);
        }

        return HidReport.Failed(errors.TimedOut);
    }

    /// <summary>Null when none is there.</summary>
    private HidReport? TryRead()
    {
        var buffer = new byte[HidFraming.ReportSize];
        while (true)
        {
            var read = LibC.Read(handle, buffer, buffer.Length);
            if (read > 0) return HidReport.Ok(buffer.AsMemory(0, (int)read));
            var errno = read == 0 ? LibC.InputOutput : Marshal.GetLastPInvokeError();
            if (errno == LibC.Again) return null;
            if (errno != LibC.Interrupted) return HidReport.Failed(errors.Of(errno, "read"));
        }
    }
}
