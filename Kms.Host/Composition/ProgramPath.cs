namespace Kms.Host.Composition;

/// <summary>Finds a program as execvp(3) does. The base class library would look beside this program and in the working directory before
/// PATH: whoever may write there would decide what is run.</summary>
internal static class ProgramPath
{
    private const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>The full path; null when there is no such file.</summary>
    /// <param name="name">With a slash a path, otherwise a name to look up in PATH.</param>
    public static string? Find(string name)
    {
        if (name.Contains('/')) return File.Exists(name) ? Path.GetFullPath(name) : null;
        var directories = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        return directories.Select(directory => Path.Combine(directory, name)).FirstOrDefault(path => File.Exists(path) && (File.GetUnixFileMode(path) & Executable) != 0);
    }
}
