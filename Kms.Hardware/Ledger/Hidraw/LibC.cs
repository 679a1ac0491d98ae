using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Kms.Hardware.Ledger.Hidraw;

/// <summary>The functions of the C library that a hidraw node needs, with the numbers of Linux on x86-64 and arm64. The base class library opens
/// device nodes as files, which know neither readiness nor an end of waiting.</summary>
internal static partial class LibC
{
    public const int NotPermitted = 1;
    public const int NoEntry = 2;
    public const int Interrupted = 4;
    public const int InputOutput = 5;
    public const int NoAddress = 6;
    public const int Again = 11;
    public const int NoAccess = 13;
    public const int NoDevice = 19;
    public const int Shutdown = 108;
    public const int TimedOut = 110;

    /// <summary>O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC.</summary>
    public const int DeviceFlags = 0x2 | 0x100 | 0x800 | 0x80000;

    /// <summary>LOCK_EX | LOCK_NB.</summary>
    public const int ExclusiveNow = 2 | 4;

    /// <summary>POLLIN.</summary>
    public const short Readable = 1;

    /// <summary>open(2); an invalid handle and errno on failure.</summary>
    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial SafeFileHandle Open(string path, int flags);

    /// <summary>flock(2).</summary>
    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Lock(SafeFileHandle handle, int operation);

    /// <summary>read(2).</summary>
    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial nint Read(SafeFileHandle handle, Span<byte> buffer, nint count);

    /// <summary>write(2).</summary>
    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial nint Write(SafeFileHandle handle, ReadOnlySpan<byte> buffer, nint count);

    /// <summary>Waits until a handle can be read, or its other end is gone: poll(2).</summary>
    /// <returns>What it is ready for; zero when the time was up or a signal came.</returns>
    public static short Poll(SafeFileHandle handle, int milliseconds)
    {
        var held = false;
        try
        {
            handle.DangerousAddRef(ref held);
            var entry = new PollEntry { Handle = (int)handle.DangerousGetHandle(), Wanted = Readable };
            return Poll(ref entry, 1, milliseconds) > 0 ? entry.Ready : (short)0;
        }
        finally
        {
            if (held) handle.DangerousRelease();
        }
    }

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
