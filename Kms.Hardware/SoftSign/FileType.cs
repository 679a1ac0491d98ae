using System.Runtime.InteropServices;

namespace Kms.Hardware.SoftSign;

/// <summary>What a path leads to. To open a pipe is to wait for its other end, and to open a device may set it going; the base class library
/// tells neither from a file, hence the C library (statx(2), whose buffer is the same on every architecture).</summary>
public static partial class FileType
{
    private const int WorkingDirectory = -100;
    private const uint TypeOnly = 1;
    private const int BufferSize = 256;
    private const int ModeAt = 28;
    private const int TypeMask = 0xF000;
    private const int Directory = 0x4000;
    private const int Regular = 0x8000;

    /// <summary>Why a path is not a regular file, to follow its name; null when it is one, or when nothing can be learnt: to open it then says why.</summary>
    /// <param name="path">Links are followed.</param>
    public static string? Problem(string path)
    {
        Span<byte> status = stackalloc byte[BufferSize];
        if (Statx(WorkingDirectory, path, 0, TypeOnly, status) != 0) return null;
        var mode = MemoryMarshal.Read<ushort>(status[ModeAt..]);
        return (mode & TypeMask) switch
        {
            Regular => null,
            Directory => "is a directory",
            _ => "is a pipe, a socket or a device, not a regular file",
        };
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Statx(int directory, string path, int flags, uint mask, Span<byte> status);
}
