using System.Diagnostics;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Protocol.KeyEncoding;

namespace Kms.Host.Config;

/// <summary>Reads one [[chain]].</summary>
internal static class ChainSection
{
    public const string Header = "[[chain]]";

    private const string KeyFormatExample =
        """key_format = { type = "bech32", account_key_prefix = "cosmospub", consensus_key_prefix = "cosmosvalconspub" }"""
        + """, or { type = "cosmos-json" }, or { type = "hex" }""";

    /// <summary>The chain; null when something in it was reported.</summary>
    /// <param name="section">The table.</param>
    /// <param name="paths">For state_file.</param>
    /// <param name="errors">Where errors go.</param>
    /// <param name="warnings">Where accepted keys without effect go.</param>
    /// <param name="id">The id even when the rest is wrong, for the checks across sections.</param>
    public static ChainConfig? Read(
        TomlTableReader section, ConfigPaths paths, ConfigErrors errors, List<string> warnings, out Located<string>? id)
    {
        id = section.RequiredString("id", """id = "cosmoshub-4" """.Trim());
        if (id is not null && !ChainId.IsConfigurable(id.Value))
        {
            errors.Add(id.At, $"\"{id.Value}\" is not a chain id: 1 to {ChainId.MaxLength} bytes without spaces or control characters");
            id = null;
        }

        var keyFormat = ReadKeyFormat(section, errors);
        var extensions = ReadSignExtensions(section, errors);
        var blockRule = section.Word("block_rule", "spec", "same-block-per-round")?.Value == "same-block-per-round"
            ? BlockRule.SameBlockPerRound
            : BlockRule.Spec;
        var stateFile = paths.Expand("state_file", section.String("state_file"));
        var stateHook = ReadStateHook(section, errors);
        section.Finish();

        if (stateFile is not null)
        {
            warnings.Add($"state_file of chain {id?.Value} is accepted, but not read yet: the state of a chain is kept in the journal; "
                + $"`tmkms state init {id?.Value}` tells it where to begin");
        }

        if (stateHook is not null) warnings.Add($"state_hook of chain {id?.Value} is accepted, but not run yet");
        return id is null || keyFormat is null
            ? null
            : new ChainConfig(new ChainId(id.Value), keyFormat, extensions, blockRule, stateFile, stateHook, section.At.Line);
    }

    private static KeyFormat? ReadKeyFormat(TomlTableReader section, ConfigErrors errors)
    {
        if (!section.IsThere("key_format", KeyFormatExample) || section.Table("key_format") is not { } table) return null;
        var type = table.IsThere("type", KeyFormatExample) ? table.Word("type", "bech32", "cosmos-json", "hex")?.Value : null;
        KeyFormat? format = type switch
        {
            null => null,
            "bech32" => ReadBech32(table, errors),
            "cosmos-json" => new KeyFormat.CosmosJson(),
            "hex" => new KeyFormat.Hex(),
            _ => throw new UnreachableException(),
        };
        if (type is not null) table.Finish();
        return format;
    }

    private static KeyFormat.Bech32? ReadBech32(TomlTableReader table, ConfigErrors errors)
    {
        var account = Prefix("account_key_prefix", "cosmospub");
        var consensus = Prefix("consensus_key_prefix", "cosmosvalconspub");
        return account is null || consensus is null ? null : new KeyFormat.Bech32(account, consensus);

        string? Prefix(string key, string example)
        {
            if (table.RequiredString(key, $"{key} = \"{example}\"") is not { } prefix) return null;
            if (Bech32.IsValidPrefix(prefix.Value)) return prefix.Value;
            errors.Add(prefix.At, $"{key} must be 1 to {Bech32.MaxPrefixLength} lower-case ASCII characters, such as \"{example}\"");
            return null;
        }
    }

    private static SignExtensions ReadSignExtensions(TomlTableReader section, ConfigErrors errors)
    {
        switch (section.Any("sign_extensions"))
        {
            case null or TomlScalar { Value: "auto" }: return SignExtensions.Auto;
            case TomlScalar { Value: true }: return SignExtensions.Always;
            case TomlScalar { Value: false }: return SignExtensions.Never;
            case { } other:
                errors.Add(other.At, "sign_extensions must be true, false or \"auto\"");
                return SignExtensions.Auto;
        }
    }

    private static StateHookConfig? ReadStateHook(TomlTableReader section, ConfigErrors errors)
    {
        if (section.Table("state_hook") is not { } hook) return null;
        var command = hook.RequiredStrings("cmd", """cmd = ["/path/to/program", "argument"]""");
        // One second is tmkms's default; a minute is more than any start should wait.
        var timeout = TimeSpan.FromSeconds(hook.Integer("timeout_secs", 1, 60, otherwise: 1));
        // tmkms has no default here. A start that did not get its height is the surprise, so it fails.
        var failClosed = hook.Bool("fail_closed", otherwise: true);
        hook.Finish();
        if (command is [{ Value: "" } first, ..]) errors.Add(first.At, "cmd begins with an empty string: write the path of a program");
        return command is null ? null : new StateHookConfig([.. command.Select(c => c.Value)], timeout, failClosed);
    }
}
