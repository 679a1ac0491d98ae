using System.Diagnostics.CodeAnalysis;

namespace Kms.Hardware.SoftSign;

/// <summary>Reads a small secret file into memory that is zeroed afterwards. Refuses a file that others than its owner may open: the check
/// is made on the opened file, so that it is the file read.</summary>
internal static class KeyFileReader
{
    /// <summary>Longest key file in bytes. Real ones have 44 to 400; the bound stops a wrong path from filling the memory.</summary>
    public const int MaxBytes = 64 * 1024;

    private const UnixFileMode OthersMay =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    public static bool TryRead(string path, [NotNullWhen(true)] out SecretBytes? content, [NotNullWhen(false)] out string? error, string what = "key file")
    {
        content = null;
        if (FileType.Problem(path) is { } problem)
        {
            error = $"the {what} {path} {problem}";
            return false;
        }

        try
        {
            using var file = File.OpenHandle(path);
            if (File.GetUnixFileMode(file) is var mode && (mode & OthersMay) != 0)
            {
                error = $"the {what} {path} is open to others than its owner (mode {Convert.ToString((int)mode, 8)}): run `chmod 600 {path}`";
                return false;
            }

            var length = RandomAccess.GetLength(file);
            if (length is 0 or > MaxBytes)
            {
                error = length == 0
                    ? $"the {what} {path} is empty"
                    : $"the {what} {path} has {length} bytes; a {what} has at most {MaxBytes}: is this the right path?";
                return false;
            }

            content = new SecretBytes((int)length);
            var read = 0;
            while (read < content.Span.Length && RandomAccess.Read(file, content.Span[read..], read) is var n and > 0) read += n;
            if (read == content.Span.Length)
            {
                error = null;
                return true;
            }

            error = $"the {what} {path} became shorter while it was read";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            error = e switch
            {
                FileNotFoundException or DirectoryNotFoundException => $"the {what} {path} does not exist",
                UnauthorizedAccessException => $"the {what} {path} cannot be read by this user: it must be owned by the user who runs tmkms",
                _ => $"the {what} {path} cannot be read: {e.Message}",
            };
        }

        content?.Dispose();
        content = null;
        return false;
    }
}
