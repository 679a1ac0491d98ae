using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Kms.Persistence.StateFiles;

/// <summary>Replaces a file in one step: a temporary file beside it, flushed, renamed over it, and the folder flushed, as a rename may vanish in a
/// power cut until its folder is on disk (fsync(2), notes).</summary>
internal static partial class AtomicFile
{
    private const int ReadOnly = 0;

    /// <summary>Null, or a sentence that says why the file may not have the new content.</summary>
    public static string? Write(string path, ReadOnlySpan<byte> content)
    {
        string? temporary = null;
        try
        {
            var full = Target(Path.GetFullPath(path));
            var (folder, name) = (Path.GetDirectoryName(full)!, Path.GetFileName(full));
            if (name.Length == 0) return $"cannot write {path}: it is a directory";

            // One name, so that a writer that is killed leaves at most one file, which the next one clears away.
            temporary = Path.Combine(folder, $".{name}.tmp");
            File.Delete(temporary);
            WriteThrough(temporary, content);
            File.Move(temporary, full, overwrite: true);
            return FlushFolder(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            Discard(temporary);
            return $"cannot write {path}: {Reason(path, e)}";
        }
    }

    // A link stays a link: what goes by the other name must not be left with the old content.
    private static string Target(string path) =>
        new FileInfo(path) is { LinkTarget: not null } link ? link.ResolveLinkTarget(returnFinalTarget: true)!.FullName : path;

    private static void WriteThrough(string path, ReadOnlySpan<byte> content)
    {
        using var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        file.Write(content);
        file.Flush(flushToDisk: true);
    }

    private static string? FlushFolder(string folder)
    {
        // The class library opens no directories.
        var descriptor = Open(folder, ReadOnly);
        if (descriptor < 0) return $"cannot open {folder} to flush it: {Marshal.GetLastPInvokeErrorMessage()}";
        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        RandomAccess.FlushToDisk(handle);
        return null;
    }

    private static void Discard(string? temporary)
    {
        try
        {
            if (temporary is not null) File.Delete(temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The write failed for a reason that is reported; the next write deletes the file, or fails as well.
        }
    }

    private static string Reason(string path, Exception e) => e switch
    {
        _ when Directory.Exists(path) => "it is a directory",
        DirectoryNotFoundException => "the directory does not exist",
        UnauthorizedAccessException => "permission denied",
        _ => e.Message,
    };

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);
}
