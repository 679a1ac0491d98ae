using System.Text;
using Kms.Actors.Validator;

namespace Kms.Host.Config;

/// <summary>tmkms.toml to <see cref="KmsConfig"/>. Reports everything that is wrong at once; nothing else in the program parses
/// configuration.</summary>
public static class KmsConfigLoader
{
    /// <summary>Longest file in bytes. A hundred chains take 60 KB.</summary>
    public const int MaxBytes = 1024 * 1024;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads and parses a file.</summary>
    /// <param name="path">As the operator named it.</param>
    public static ConfigResult Load(string path)
    {
        var error = TryRead(path, out var text);
        return error is null
            ? Parse(text, path, Environment.GetFolderPath(Environment.SpecialFolder.UserProfile))
            : new ConfigResult(null, [new ConfigError(path, 0, 0, error)]);
    }

    /// <summary>Parses a text. Pure.</summary>
    /// <param name="text">TOML 1.1.</param>
    /// <param name="fileName">For error messages.</param>
    /// <param name="homeDirectory">What <c>~</c> stands for; null when there is none.</param>
    public static ConfigResult Parse(string text, string fileName, string? homeDirectory)
    {
        var errors = new ConfigErrors(fileName);
        var config = TomlTree.Parse(text, errors) is { } table
            ? Read(new TomlTableReader(table, "tmkms.toml", errors), new ConfigPaths(homeDirectory, errors), errors)
            : null;
        var found = errors.InOrder();
        return new ConfigResult(found.Count == 0 ? config : null, found);
    }

    private static KmsConfig Read(TomlTableReader root, ConfigPaths paths, ConfigErrors errors)
    {
        var warnings = new List<string>();
        var chains = new List<ChainConfig>();
        var chainIds = new List<Located<string>>();
        var chainSections = root.Sections("chain", ChainSection.Header);
        foreach (var section in chainSections)
        {
            if (ChainSection.Read(section, paths, errors, warnings, out var id) is { } chain) chains.Add(chain);
            if (id is not null) chainIds.Add(id);
        }

        var validators = new List<ValidatorConfig>();
        var served = new List<(Located<string> Chain, Located<ValidatorAddress>? Address)>();
        foreach (var section in root.Sections("validator", ValidatorSection.Header))
        {
            if (ValidatorSection.Read(section, paths, errors, out var id, out var address) is { } validator) validators.Add(validator);
            if (id is not null) served.Add((id, address));
        }

        var keys = ProvidersSection.Read(root, paths, errors, out var keyUses, out var allKeys);
        root.Finish();

        if (!root.Has("validator")) errors.AddForFile("no [[validator]]: nothing would ask for signatures; add one with chain_id and addr");
        CrossChecks.EachOnce(chainIds, keyUses, served, errors);

        // What could not be read may be what another section refers to: one mistake is one error.
        if (chainIds.Count == chainSections.Count) CrossChecks.Registered(chainIds, [.. keyUses, .. served.Select(s => s.Chain)], errors);
        if (allKeys) CrossChecks.EveryChainHasAKey(chainIds, keyUses, errors);
        return new KmsConfig(chains, validators, keys, warnings);
    }

    private static string? TryRead(string path, out string text)
    {
        text = "";
        try
        {
            using var file = File.OpenRead(path);
            if (file.Length > MaxBytes) return $"has {file.Length} bytes; a configuration has at most {MaxBytes}: is this the right path?";
            using var reader = new StreamReader(file, Utf8, detectEncodingFromByteOrderMarks: false);
            text = reader.ReadToEnd().TrimStart('\uFEFF');
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or DecoderFallbackException)
        {
            return e switch
            {
                FileNotFoundException or DirectoryNotFoundException => "does not exist: `tmkms init PATH` writes one, or name it with -c",
                UnauthorizedAccessException when Directory.Exists(path) => "is a directory: name the file in it",
                UnauthorizedAccessException => "cannot be read by this user",
                DecoderFallbackException => "is not valid UTF-8",
                _ => $"cannot be read: {e.Message}",
            };
        }
    }
}
