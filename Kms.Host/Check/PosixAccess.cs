using System.Runtime.InteropServices;

namespace Kms.Host.Check;

/// <summary>What this user may do with a file or folder, asked without doing it (access(2)). The base class library only tries.</summary>
internal static partial class PosixAccess
{
    private const int Execute = 1;
    private const int Write = 2;

    public static bool MayExecute(string path) => Access(path, Execute) == 0;

    /// <summary>Whether files can be created and renamed in a folder.</summary>
    public static bool MayChange(string folder) => Access(folder, Write | Execute) == 0;

    [LibraryImport("libc", EntryPoint = "access", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Access(string path, int mode);
}
