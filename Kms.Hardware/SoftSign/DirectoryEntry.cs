using System.Runtime.InteropServices;

namespace Kms.Hardware.SoftSign;

/// <summary>Makes the name of a new file durable. A flushed file whose directory was not flushed can vanish in a power cut (fsync(2), notes);
/// the base class library cannot open directories, hence the C library.</summary>
internal static partial class DirectoryEntry
{
    private const int ReadOnly = 0;

    /// <summary>Flushes a directory; returns what went wrong, or null.</summary>
    public static string? Flush(string directory)
    {
        var descriptor = Open(directory, ReadOnly);
        if (descriptor < 0) return $"cannot open {directory} to flush it: {Marshal.GetLastPInvokeErrorMessage()}";
        try
        {
            return Fsync(descriptor) == 0 ? null : $"cannot flush {directory}: {Marshal.GetLastPInvokeErrorMessage()}";
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int descriptor);
}
