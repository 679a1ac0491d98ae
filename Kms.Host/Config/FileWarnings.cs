namespace Kms.Host.Config;

/// <summary>Warnings on where the file lies and who may read it, which its text alone does not tell.</summary>
internal static class FileWarnings
{
    private const UnixFileMode OthersRead = UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Relative paths stand for the working directory, which is another one than people look in.</summary>
    public static void OtherDirectory(Reading reading, string path, string workingDirectory)
    {
        var home = Path.GetDirectoryName(Path.GetFullPath(path, workingDirectory))!;
        if (reading.RelativePaths.Count == 0 || home == Path.TrimEndingDirectorySeparator(workingDirectory)) return;
        var first = reading.RelativePaths[0];
        reading.Warnings.Add(
            first.At, $"relative paths such as {first.Value} stand for the working directory {workingDirectory}, not for the directory of this file, {home}: "
            + "write whole paths");
    }

    /// <summary>A secret in a file that others can read is no secret.</summary>
    public static void OpenToOthers(Reading reading, string path, UnixFileMode mode)
    {
        if (reading.InlineSecrets.Count == 0 || (mode & OthersRead) == 0) return;
        reading.Warnings.Add(
            reading.InlineSecrets[0].At,
            $"a secret stands in this file, which others than its owner can read (mode {Convert.ToString((int)mode, 8)}): run `chmod 600 {path}`");
    }
}
