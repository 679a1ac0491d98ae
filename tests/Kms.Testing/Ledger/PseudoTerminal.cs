using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Kms.Testing.Ledger;

/// <summary>A pseudo-terminal whose other end is an open node of the simulated device: what is written to it goes there, and what comes from there can be read.
/// Disposing of it hangs up.</summary>
internal sealed partial class PseudoTerminal : IDisposable
{
    // What a host writes: the report's number 0 and 64 bytes.
    private const int WrittenSize = 65;

    // How late it is noticed at most that the device says something of its own accord.
    private const int SliceMilliseconds = 5;

    // O_RDWR | O_NOCTTY | O_CLOEXEC: a terminal that becomes that of the process would take the process with it.
    private const int OpenFlags = 0x2 | 0x100 | 0x80000;
    private const uint GetNumber = 0x80045430;
    private const uint SetLock = 0x40045431;
    private const int SettingsBytes = 256;
    private const short Readable = 1;

    private readonly HidNode _node;
    private readonly SafeFileHandle _device = Opened("/dev/ptmx");
    private readonly SafeFileHandle _host;
    private volatile bool _isOver;

    public PseudoTerminal(HidNode node)
    {
        _node = node;
        int number = 0, unlocked = 0;
        Check(Control(_device, GetNumber, ref number));
        Check(Control(_device, SetLock, ref unlocked));
        Path = string.Create(CultureInfo.InvariantCulture, $"/dev/pts/{number}");
        // Kept open: a terminal that nobody has open is hung up for its other end.
        _host = Opened(Path);
        Span<byte> settings = stackalloc byte[SettingsBytes];
        Check(GetSettings(_host, settings));
        MakeRaw(settings);
        Check(SetSettings(_host, 0, settings));
        SendReports();
        new Thread(Pump) { IsBackground = true, Name = "hidraw " + Path }.Start();
    }

    /// <summary>What the host opens.</summary>
    public string Path { get; }

    /// <summary>Soon after, at the latest.</summary>
    public void Dispose() => _isOver = true;

    private static SafeFileHandle Opened(string path)
    {
        var handle = Open(path, OpenFlags);
        return handle.IsInvalid ? throw new IOException($"{path}: {Marshal.GetLastPInvokeErrorMessage()}") : handle;
    }

    private static void Check(int result)
    {
        if (result != 0) throw new IOException(Marshal.GetLastPInvokeErrorMessage());
    }

    private void Pump()
    {
        using (_device)
        using (_host)
        using (_node)
        {
            var written = new byte[WrittenSize];
            var count = 0;
            try
            {
                while (!_isOver)
                {
                    SendReports();
                    if (!IsReadable()) continue;
                    var read = Read(_device, written.AsSpan(count), WrittenSize - count);
                    if (read <= 0) break;
                    count += (int)read;
                    if (count < WrittenSize) continue;
                    count = 0;
                    _node.Write(written);
                }
            }
            catch (IOException)
            {
                // The device has gone.
            }
        }
    }

    private void SendReports()
    {
        while (_node.TryRead() is { } report) Check(Write(_device, report, report.Length) == report.Length ? 0 : -1);
    }

    private bool IsReadable()
    {
        var entry = new PollEntry { Handle = (int)_device.DangerousGetHandle(), Wanted = Readable };
        return Poll(ref entry, 1, SliceMilliseconds) > 0 && (entry.Ready & Readable) != 0;
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Read(SafeFileHandle handle, Span<byte> buffer, nint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Write(SafeFileHandle handle, ReadOnlySpan<byte> buffer, nint count);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Control(SafeFileHandle handle, nuint request, ref int argument);

    [LibraryImport("libc", EntryPoint = "tcgetattr", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetSettings(SafeFileHandle handle, Span<byte> settings);

    [LibraryImport("libc", EntryPoint = "tcsetattr", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetSettings(SafeFileHandle handle, int when, ReadOnlySpan<byte> settings);

    [LibraryImport("libc", EntryPoint = "cfmakeraw")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial void MakeRaw(Span<byte> settings);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Poll(ref PollEntry entries, nuint count, int milliseconds);

    /// <summary>struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct PollEntry
    {
        public int Handle;
        public short Wanted;
        public short Ready;
    }
}
