namespace Kms.Host.Cli.YubiHsm;

/// <summary>Whether a file can be made, asked before the work that fills it.</summary>
internal static class NewFile
{
    /// <summary>Why it cannot; null when nothing is known.</summary>
    public static string? Problem(string path) =>
        Path.Exists(path) ? $"{path} exists already and is not overwritten: choose another path"
        : !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(path))) ? $"cannot write {path}: the directory does not exist"
        : null;
}
