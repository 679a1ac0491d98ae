using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Data.Sqlite;
using Microsoft.Win32.SafeHandles;

namespace Kms.Persistence.Journal;

/// <summary>One process at a time uses a journal: an exclusive flock on a file beside the database, held until this is disposed or the process
/// ends, however it ends. The file stays; what is in it, the holder's process id, is for the message to the next one and decides nothing.</summary>
public sealed class JournalLock : IDisposable
{
    private readonly SafeFileHandle _file;

    private JournalLock(SafeFileHandle file, string database) => (_file, Database) = (file, database);

    /// <summary>The database file, without symbolic links: two names of one journal are one lock.</summary>
    public string Database { get; }

    /// <summary>Takes the lock, or says who has it. Creates the database's folder if it is missing, for the owner alone.</summary>
    /// <param name="connectionString">The journal's.</param>
    /// <param name="taken">Whether the only hindrance is another process.</param>
    /// <param name="error">Why there is no lock; null on success.</param>
    public static JournalLock? TryTake(string connectionString, out bool taken, out string? error)
    {
        taken = false;
        if (DatabaseOf(connectionString, out error) is not { } database) return null;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(database)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            error = $"the journal {database} cannot be opened: {e.Message}";
            return null;
        }

        // Not a FileStream: it ignores that a file system cannot lock, an environment variable makes it not lock at all, and it does not open
        // what another process has locked, so that nobody could read who that is.
        var path = $"{database}.lock";
        var file = new SafeFileHandle(Open(path, ReadWrite | Create | CloseOnExec, OwnerOnly), ownsHandle: true);
        if (file.IsInvalid)
        {
            error = $"the lock of the journal, {path}, cannot be opened: {Marshal.GetLastPInvokeErrorMessage()}";
            return null;
        }

        if (Lock(file, Exclusive | DoNotWait) == 0)
        {
            WriteProcessId(file);
            return new JournalLock(file, database);
        }

        taken = Marshal.GetLastPInvokeError() == WouldBlock;
        error = taken
            ? $"the journal {database} is in use by process {ReadProcessId(file)}: stop it first, or let it go on alone"
            : $"the journal {database} cannot be locked: {Marshal.GetLastPInvokeErrorMessage()}; it belongs on a local disk";
        file.Dispose();
        return null;
    }

    /// <summary>The database file of a connection string, symbolic links resolved as far as the path exists.</summary>
    /// <param name="connectionString">The journal's.</param>
    /// <param name="error">Why there is no such file; null on success.</param>
    public static string? DatabaseOf(string connectionString, out string? error)
    {
        try
        {
            error = null;
            var settings = new SqliteConnectionStringBuilder(connectionString);
            var path = settings.DataSource;
            if (path.Length == 0 || path == ":memory:" || settings.Mode == SqliteOpenMode.Memory)
                error = "the journal is in memory and would forget every signature at a restart";
            else if (path.StartsWith("file:", StringComparison.OrdinalIgnoreCase) || path[0] == '|')
                error = $"the journal's Data Source is {path} and must be a plain path: the same file under two names would be signed from twice";
            return error is null ? Resolve(Path.GetFullPath(path), MaxLinks) : null;
        }
        catch (Exception e) when (e is ArgumentException or IOException or UnauthorizedAccessException)
        {
            error = $"the journal's connection string cannot be used: {e.Message}";
            return null;
        }
    }

    /// <summary>Gives the journal back.</summary>
    public void Dispose() => _file.Dispose();

    // Every part of the path may be a link, and its target may have links of its own.
    private static string Resolve(string path, int links)
    {
        if (Path.GetDirectoryName(path) is not { } folder) return path;
        var real = Path.Combine(Resolve(folder, links), Path.GetFileName(path));
        if (new FileInfo(real).LinkTarget is not { } target) return real;
        if (links == 0) throw new IOException($"too many symbolic links at {path}");
        return Resolve(Path.GetFullPath(target, Path.GetDirectoryName(real)!), links - 1);
    }

    private static void WriteProcessId(SafeFileHandle file)
    {
        try
        {
            var text = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}\n"));
            RandomAccess.SetLength(file, 0);
            RandomAccess.Write(file, text, 0);
        }
        catch (IOException)
        {
            // A full disk: the lock holds without its message.
        }
    }

    private static string ReadProcessId(SafeFileHandle file)
    {
        try
        {
            var text = new byte[20];
            var length = RandomAccess.Read(file, text, 0);
            return int.TryParse(Encoding.ASCII.GetString(text, 0, length), CultureInfo.InvariantCulture, out var id)
                ? id.ToString(CultureInfo.InvariantCulture)
                : "(not named)";
        }
        catch (IOException)
        {
            return "(not named)";
        }
    }

    // Linux, <fcntl.h>, <sys/file.h>, <errno.h>; the same numbers on x86-64 and arm64.
    private const int ReadWrite = 2, Create = 0x40, CloseOnExec = 0x80000, Exclusive = 2, DoNotWait = 4, WouldBlock = 11, OwnerOnly = 0b110_000_000;
    private const int MaxLinks = 40;

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, int mode);

    [DllImport("libc", EntryPoint = "flock", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Lock(SafeFileHandle file, int operation);
}
