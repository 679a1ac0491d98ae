namespace Kms.Host.Config;

/// <summary>Paths as tmkms.toml writes them: <c>~</c> is the home directory; a relative path stands for the working directory, as in tmkms.</summary>
internal sealed class ConfigPaths(string? homeDirectory, ConfigErrors errors)
{
    /// <summary>The path to open; null when absent or reported.</summary>
    public string? Expand(string key, Located<string>? path)
    {
        if (path is null) return null;
        if (path.Value.Length == 0)
        {
            errors.Add(path.At, $"{key} is empty: write the path of a file");
            return null;
        }

        if (path.Value != "~" && !path.Value.StartsWith("~/", StringComparison.Ordinal)) return path.Value;
        if (!string.IsNullOrEmpty(homeDirectory)) return path.Value.Length <= 2 ? homeDirectory : Path.Combine(homeDirectory, path.Value[2..]);

        errors.Add(path.At, $"{key} begins with ~, but this user has no home directory: write the whole path");
        return null;
    }
}
