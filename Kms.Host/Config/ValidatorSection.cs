using System.Globalization;
using System.Text;
using Kms.Actors.Validator;
using Kms.Core.Consensus;
using Kms.Host.Control;

namespace Kms.Host.Config;

/// <summary>Reads one [[validator]].</summary>
internal static class ValidatorSection
{
    public const string Header = "[[validator]]";

    private const int DefaultTimeoutSeconds = 10;

    private static readonly string[] ProtocolVersions = ["v0.34", "v0.37", "v0.38", "v0.39", "v0.40", "v1.0", "v2.0"];

    /// <summary>The validator; null when something in it was reported.</summary>
    /// <param name="section">The table.</param>
    /// <param name="reading">Where remarks go.</param>
    /// <param name="chain">The chain id even when the rest is wrong, for the checks across sections.</param>
    /// <param name="address">The address even when the rest is wrong.</param>
    public static ValidatorConfig? Read(
        TomlTableReader section, Reading reading, out Located<string>? chain, out Located<ValidatorAddress>? address)
    {
        var errors = reading.Errors;
        chain = section.RequiredString("chain_id", """chain_id = "cosmoshub-4", one of the [[chain]] sections""");
        address = ReadAddress(section, reading);
        var reconnect = section.Bool("reconnect", otherwise: true);
        var secretKey = reading.Path("secret_key", section.String("secret_key"));
        var timeout = TimeSpan.FromSeconds(section.Integer("timeout", 1, ushort.MaxValue, DefaultTimeoutSeconds));
        var maxHeight = ReadMaxHeight(section, errors);
        var version = ReadProtocolVersion(section, errors);
        section.Finish();

        if (address?.Value is ValidatorAddress.Tcp && !section.Has("secret_key"))
            errors.Add(section.At, $"{Header} needs secret_key for a tcp:// address: the file of the identity key, which `tmkms keygen PATH` makes");

        return chain is null || address is null
            ? null
            : new ValidatorConfig(
                new ValidatorOptions(new ChainId(chain.Value), address.Value, timeout, reconnect, maxHeight), secretKey, version, section.At.Line);
    }

    private static Located<ValidatorAddress>? ReadAddress(TomlTableReader section, Reading reading)
    {
        if (section.RequiredString("addr", """addr = "tcp://[peerid@]host:port" or "unix:///path" """.Trim()) is not { } text) return null;
        if (!ValidatorAddress.TryParse(text.Value, out var address, out var error))
        {
            reading.Errors.Add(text.At, error!);
            return null;
        }

        if (address is ValidatorAddress.Unix unix)
        {
            if (reading.Path("addr", new Located<string>(unix.Path, text.At)) is not { } path) return null;
            if (Encoding.UTF8.GetByteCount(path) > ControlWire.MaxPathBytes)
            {
                reading.Errors.Add(text.At, $"the path of a Unix socket has at most {ControlWire.MaxPathBytes} bytes, {path} has more: use a shorter one");
                return null;
            }

            address = new ValidatorAddress.Unix(path);
        }

        return new Located<ValidatorAddress>(address!, text.At);
    }

    /// <summary>A number, or a string of digits as tmkms has it.</summary>
    private static Height? ReadMaxHeight(TomlTableReader section, ConfigErrors errors)
    {
        switch (section.Any("max_height"))
        {
            case null: return null;
            case TomlScalar { Value: long and >= 1 and var number }: return new Height(number);
            case TomlScalar { Value: string text }
                when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) && parsed >= 1: return new Height(parsed);
            case { } other:
                errors.Add(other.At, "max_height must be a block height of at least 1, such as 500000 or \"500000\"");
                return null;
        }
    }

    private static string? ReadProtocolVersion(TomlTableReader section, ConfigErrors errors)
    {
        if (section.String("protocol_version") is not { } version) return null;
        if (ProtocolVersions.Contains(version.Value)) return version.Value;
        errors.Add(version.At, version.Value switch
        {
            "legacy" or "v0.33" => $"protocol_version {version.Value} is amino, which no node since Tendermint 0.34 speaks: upgrade the node and remove the line",
            _ => $"protocol_version must be one of {string.Join(", ", ProtocolVersions)}, not \"{version.Value}\"; it may be left out",
        });
        return null;
    }
}
