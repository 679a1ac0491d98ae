using System.Diagnostics;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Core.Signing;
using Kms.Protocol.KeyEncoding;

namespace Kms.Host.Config;

/// <summary>Reads one [[chain]].</summary>
internal static class ChainSection
{
    public const string Header = "[[chain]]";

    private const string KeyFormatExample =
        """key_format = { type = "bech32", account_key_prefix = "cosmospub", consensus_key_prefix = "cosmosvalconspub" }"""
        + """, or { type = "cosmos-json" }, or { type = "hex" }""";

    // A request further ahead than any chain will ever be is no limit; "off" says so.
    private const long LargestJump = 1_000_000_000_000;

    /// <summary>The chain; null when something in it was reported.</summary>
    /// <param name="section">The table.</param>
    /// <param name="reading">Where remarks go.</param>
    /// <param name="id">The id even when the rest is wrong, for the checks across sections.</param>
    public static ChainConfig? Read(TomlTableReader section, Reading reading, out Located<string>? id)
    {
        id = section.RequiredString("id", """id = "cosmoshub-4" """.Trim());
        if (id is not null && !IsChainId(id, reading)) id = null;

        var keyFormat = ReadKeyFormat(section, reading.Errors);
        var extensions = ReadSignExtensions(section, reading.Errors);
        var blockRule = section.Word("block_rule", "spec", "same-block-per-round")?.Value == "same-block-per-round"
            ? BlockRule.SameBlockPerRound
            : BlockRule.Spec;
        var adopt = section.Word("fresh_state", "refuse", "adopt")?.Value == "adopt";
        var jump = ReadMaxHeightJump(section, reading.Errors);
        var rawBytes = RawBytesSection.Read(section, reading);
        if (id is not null && !section.Has("sign_raw_bytes")) RawBytesSection.WarnWithout(id, reading);
        var stateFile = reading.Path("state_file", section.String("state_file"));
        var stateHook = ReadStateHook(section, reading);
        section.Finish();

        return id is null || keyFormat is null
            ? null
            : new ChainConfig(new ChainId(id.Value), keyFormat, extensions, blockRule, stateFile, stateHook, section.At.Line)
            {
                AdoptFreshState = adopt, MaxHeightJump = jump, SignRawBytes = rawBytes,
            };
    }

    /// <summary>Whether a text can be a chain id; reports it otherwise.</summary>
    public static bool IsChainId(Located<string> id, Reading reading)
    {
        if (ChainId.IsConfigurable(id.Value)) return true;
        reading.Errors.Add(
            id.At, $"\"{new ChainId(id.Value)}\" is not a chain id: 1 to {ChainId.MaxLength} bytes without spaces, control and invisible characters");
        return false;
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

    private static long ReadMaxHeightJump(TomlTableReader section, ConfigErrors errors)
    {
        switch (section.Any("max_height_jump"))
        {
            case null: return ChainConfig.DefaultMaxHeightJump;
            case TomlScalar { Value: "off" }: return 0;
            case TomlScalar { Value: long and >= 0 and <= LargestJump and var heights }: return heights;
            case { } other:
                errors.Add(other.At, $"max_height_jump must be a number of heights from 1 to {LargestJump}, or \"off\" (or 0) for no limit");
                return ChainConfig.DefaultMaxHeightJump;
        }
    }

    private static StateHookConfig? ReadStateHook(TomlTableReader section, Reading reading)
    {
        if (section.Table("state_hook") is not { } hook) return null;
        var command = hook.RequiredStrings("cmd", """cmd = ["/path/to/program", "argument"]""");
        // A minute is more than any start should wait.
        var timeout = TimeSpan.FromSeconds(hook.Integer("timeout_secs", 1, 60, otherwise: 5));
        // tmkms has no default here, so that its own example does not load.
        var failClosed = hook.Bool("fail_closed", otherwise: false);
        hook.Finish();
        if (command is null) return null;
        if (command[0].Value.Length == 0)
        {
            reading.Errors.Add(command[0].At, "cmd begins with an empty string: write the path of a program");
            return null;
        }

        // A bare name is looked up in PATH.
        var program = command[0].Value.Contains('/') || command[0].Value == "~" ? reading.Path("cmd", command[0]) : command[0].Value;
        return program is null ? null : new StateHookConfig([program, .. command.Skip(1).Select(c => c.Value)], timeout, failClosed);
    }
}
