namespace Kms.Host.Config;

/// <summary>What the readers of one file share: where their remarks go, how a path is meant, and which keys were asked for.</summary>
internal sealed class Reading(string file, string? homeDirectory)
{
    private readonly Dictionary<(int SectionLine, string Key), TomlPosition> _places = [];

    public ConfigErrors Errors { get; } = new(file);

    public ConfigErrors Warnings { get; } = new(file);

    /// <summary>Providers that this build does not have.</summary>
    public ConfigErrors Missing { get; } = new(file);

    /// <summary>Keys that hold a secret itself, not the path of one.</summary>
    public List<Located<string>> InlineSecrets { get; } = [];

    /// <summary>The paths that stand for the working directory, as written.</summary>
    public List<Located<string>> RelativePaths { get; } = [];

    /// <summary>Every key that was asked for, as "chain.key_format.type": the documentation is checked against this.</summary>
    public HashSet<string> Asked { get; } = new(StringComparer.Ordinal);

    /// <summary>Notes a key, and where its value stands if it is there.</summary>
    public void Ask(int sectionLine, string section, string key, TomlPosition? at)
    {
        Asked.Add(section.Length == 0 ? key : $"{section}.{key}");
        if (at is { } place) _places.TryAdd((sectionLine, key), place);
    }

    /// <summary>Where the value of a key stands; the beginning of its section when it is not there.</summary>
    public TomlPosition PlaceOf(int sectionLine, string key) => _places.GetValueOrDefault((sectionLine, key), new TomlPosition(sectionLine, 1));

    /// <summary>The path to open: <c>~</c> is the home directory; a relative path stands for the working directory, as in tmkms.
    /// Null when absent or reported.</summary>
    public string? Path(string key, Located<string>? path)
    {
        if (path is null) return null;
        if (path.Value.Length == 0)
        {
            Errors.Add(path.At, $"{key} is empty: write the path of a file");
            return null;
        }

        if (path.Value.Contains('\0') || (path.Value[0] == '~' && path.Value.Length > 1 && path.Value[1] != '/'))
        {
            var why = path.Value[0] == '~' ? "begins with ~, which stands for the home directory only before a slash" : "has a zero character, which no path has";
            Errors.Add(path.At, $"{key} {why}: write the whole path");
            return null;
        }

        if (path.Value != "~" && !path.Value.StartsWith("~/", StringComparison.Ordinal))
        {
            if (!System.IO.Path.IsPathRooted(path.Value)) RelativePaths.Add(path);
            return path.Value;
        }

        if (!string.IsNullOrEmpty(homeDirectory)) return path.Value.Length <= 2 ? homeDirectory : System.IO.Path.Combine(homeDirectory, path.Value[2..]);
        Errors.Add(path.At, $"{key} begins with ~, but this user has no home directory: write the whole path");
        return null;
    }
}
