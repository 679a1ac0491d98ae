using System.Text;
using Kms.Actors.Validator;
using Kms.Hardware.SoftSign;

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
        if (TryRead(path, out var text, out var mode) is { } error) return new ConfigResult(null, [new ConfigError(path, 0, 0, error)], []);
        var reading = new Reading(path, Environment.GetFolderPath(Environment.SpecialFolder.UserProfile));
        var config = Read(text, reading);
        FileWarnings.OtherDirectory(reading, path, Environment.CurrentDirectory);
        FileWarnings.OpenToOthers(reading, path, mode);
        return Result(config, reading);
    }

    /// <summary>Parses a text. Pure.</summary>
    /// <param name="text">TOML 1.1.</param>
    /// <param name="fileName">For error messages.</param>
    /// <param name="homeDirectory">What <c>~</c> stands for; null when there is none.</param>
    public static ConfigResult Parse(string text, string fileName, string? homeDirectory)
    {
        var reading = new Reading(fileName, homeDirectory);
        return Result(Read(text, reading), reading);
    }

    private static ConfigResult Result(KmsConfig? config, Reading reading)
    {
        var errors = reading.Errors.InOrder();
        var warnings = reading.Warnings.InOrder();
        return new ConfigResult(errors.Count == 0 ? config! with { Warnings = warnings } : null, errors, warnings);
    }

    /// <summary>The configuration as far as it could be read; errors and warnings are in <paramref name="reading"/>.</summary>
    internal static KmsConfig? Read(string text, Reading reading)
    {
        if (TomlTree.Parse(text, reading.Errors) is not { } table) return null;
        var root = new TomlTableReader(table, "tmkms.toml", "", reading);
        var errors = reading.Errors;

        var chains = new List<ChainConfig>();
        var chainIds = new List<Located<string>>();
        var chainSections = root.Sections("chain", ChainSection.Header);
        foreach (var section in chainSections)
        {
            if (ChainSection.Read(section, reading, out var id) is { } chain) chains.Add(chain);
            if (id is not null) chainIds.Add(id);
        }

        var validators = new List<ValidatorConfig>();
        var served = new List<(Located<string> Chain, Located<ValidatorAddress>? Address)>();
        foreach (var section in root.Sections("validator", ValidatorSection.Header))
        {
            if (ValidatorSection.Read(section, reading, out var id, out var address) is { } validator) validators.Add(validator);
            if (id is not null) served.Add((id, address));
        }

        var providers = ProvidersSection.Read(root, reading);
        root.Finish();

        if (!root.Has("validator")) errors.AddForFile("no [[validator]]: nothing would ask for signatures; add one with chain_id and addr");
        if (!root.Has("chain")) chains.AddRange(ImpliedChains.From(served.Select(s => s.Chain), reading, chainIds));
        CrossChecks.EachOnce(chainIds, providers.Uses, served, errors);
        CrossChecks.EachStateFileOnce(chains, reading);
        CrossChecks.LedgerLimits(chains, providers.Ledgers.FirstOrDefault(), reading);

        // What could not be read may be what another section refers to: one mistake is one error.
        var allChains = root.Has("chain") ? chainIds.Count == chainSections.Count : root.Has("validator");
        if (allChains) CrossChecks.Registered(chainIds, [.. providers.Uses.Select(use => use.Chain), .. served.Select(s => s.Chain)], errors);
        if (providers.IsComplete) CrossChecks.EveryChainHasAKey(chainIds, providers.Uses, errors);
        return new KmsConfig(chains, validators, providers.SoftSignKeys, [])
        {
            YubiHsms = providers.YubiHsms,
            Ledger = providers.Ledgers.FirstOrDefault(),
            FortanixDsms = providers.FortanixDsms,
            MissingProviders = Missing(providers, reading),
            Source = reading,
        };
    }

    private static IReadOnlyList<ConfigError> Missing(Providers providers, Reading reading)
    {
        foreach (var (at, provider) in providers.Missing)
            reading.Missing.Add(
                at, $"provider {provider} is not part of this build yet: a chain can sign with {SoftSignSection.Header}, {YubiHsmSection.Header} "
                + $"and {LedgerSection.Header}");
        return reading.Missing.InOrder();
    }

    private static string? TryRead(string path, out string text, out UnixFileMode mode)
    {
        text = "";
        mode = UnixFileMode.None;
        try
        {
            // Opening a pipe would wait for its writer, and reading a device need not end.
            if (FileType.Problem(path) is { } problem) return $"{problem}: name the file of the configuration";
            using var file = File.OpenRead(path);
            mode = File.GetUnixFileMode(file.SafeFileHandle);
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
                UnauthorizedAccessException => "cannot be read by this user",
                DecoderFallbackException => "is not valid UTF-8",
                _ => $"cannot be read: {e.Message}",
            };
        }
    }
}
