using System.Globalization;
using Kms.Actors.Validator;
using Kms.Core.Signing;

namespace Kms.Host.Config;

/// <summary>Reads [[providers.yubihsm]].</summary>
internal static class YubiHsmSection
{
    public const string Header = "[[providers.yubihsm]]";

    private const string AdapterExample = """adapter = { type = "usb" }, or { type = "http", addr = "tcp://127.0.0.1:12345" }""";
    private const string AuthExample = """auth = { key = 1, password_file = "/etc/tmkms/secrets/yubihsm-password.txt" }""";
    private const string KeysExample = """keys = [{ chain_ids = ["cosmoshub-4"], key = 1, type = "consensus" }]""";

    // yubihsm-connector's serial numbers, as the device prints them.
    private const int SerialDigits = 10;

    // tmkms on USB: one second. Signing takes 130 ms, making a key a second; ten minutes are no time-out.
    private const int DefaultTimeoutMs = 1000;
    private const int LongestTimeoutMs = 600_000;

    /// <summary>Adds the device to <paramref name="found"/> when the section is complete.</summary>
    public static void Read(TomlTableReader section, Reading reading, Providers found)
    {
        var adapter = section.IsThere("adapter", AdapterExample) && section.Table("adapter") is { } way ? ReadAdapter(way, reading) : null;
        var auth = section.IsThere("auth", AuthExample) && section.Table("auth") is { } key ? ReadAuth(key, reading) : null;
        var keys = section.Tables("keys", KeysExample).Select(k => ReadKey(k, section.At.Line, reading, found)).ToList();
        var serial = ReadSerialNumber(section, reading);
        var server = section.Table("connector_server") is { } connector ? ConnectorServerSection.Read(connector, reading) : null;
        section.Finish();
        if (server is not null && keys.Count == 0)
            reading.Warnings.Add(reading.PlaceOf(section.At.Line, "connector_server"), "without keys the YubiHSM is not opened, so that connector_server does not listen either");

        if (adapter is not null && auth is not null && keys.All(k => k is not null))
            found.YubiHsms.Add(new YubiHsmConfig(adapter, auth, [.. keys.OfType<YubiHsmKeyConfig>()], serial, server, section.At.Line));
    }

    private static YubiHsmAdapter? ReadAdapter(TomlTableReader table, Reading reading)
    {
        if ((table.IsThere("type", AdapterExample) ? table.Word("type", "usb", "http")?.Value : null) is not { } type) return null;
        var timeout = TimeSpan.FromMilliseconds(table.Integer("timeout_ms", 1, LongestTimeoutMs, DefaultTimeoutMs));
        var address = type == "http" ? ReadAddress(table, "addr", reading, "http://") : null;
        table.Finish();
        return type == "usb" ? new YubiHsmAdapter.Usb(timeout) : address is null ? null : new YubiHsmAdapter.Http(address.Host, address.Port, timeout);
    }

    private static YubiHsmAuth? ReadAuth(TomlTableReader table, Reading reading)
    {
        var key = table.IsThere("key", "key = 1, the id of the authentication key") ? ObjectId(table, "key") : null;
        var file = reading.Path("password_file", table.String("password_file"));
        var password = table.String("password");
        table.Finish();

        if (table.Has("password") == table.Has("password_file")) reading.Errors.Add(table.At, "auth needs either password_file or password");
        if (password is { Value: "" }) reading.Errors.Add(password.At, "password is empty");
        else if (password is not null)
        {
            reading.InlineSecrets.Add(password);
            reading.Warnings.Add(
                password.At, "the password of the YubiHSM stands in this file: write it into a file of its own with mode 600 and name that with password_file");
        }

        return key is null || (file is null && password is null)
            ? null
            : new YubiHsmAuth(key.Value, file, password is null ? null : new InlineSecret(password.Value));
    }

    private static YubiHsmKeyConfig? ReadKey(TomlTableReader table, int sectionLine, Reading reading, Providers found)
    {
        var purpose = ProvidersSection.Purpose(table, "type");
        var chains = found.ReadChains(table, purpose, sectionLine);
        var key = table.IsThere("key", "key = 1, the id of the signing key") ? ObjectId(table, "key") : null;
        var algorithm = table.Word("algorithm", "ed25519", "secp256k1");
        table.Finish();
        if (purpose == KeyPurpose.Account && algorithm is { Value: "ed25519" })
            reading.Errors.Add(algorithm.At, "algorithm \"ed25519\" is for consensus keys: an account key is secp256k1");
        return chains is null || key is null ? null : new YubiHsmKeyConfig(
            chains, key.Value, purpose, purpose == KeyPurpose.Account || algorithm?.Value == "secp256k1" ? KeyAlgorithm.Secp256k1 : KeyAlgorithm.Ed25519);
    }

    private static string? ReadSerialNumber(TomlTableReader section, Reading reading)
    {
        if (section.String("serial_number") is not { } text) return null;
        if (text.Value.Length <= SerialDigits && uint.TryParse(text.Value, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            return text.Value.PadLeft(SerialDigits, '0');
        reading.Errors.Add(text.At, $"serial_number must have {SerialDigits} digits, as `tmkms yubihsm detect` prints them, such as \"0123456789\"");
        return null;
    }

    /// <summary>The address of a connector; null when absent or reported.</summary>
    /// <remarks>tmkms knows tcp:// only; a connector's own programs say http://.</remarks>
    public static ValidatorAddress.Tcp? ReadAddress(TomlTableReader table, string key, Reading reading, string alias = "tcp://")
    {
        if (table.RequiredString(key, $"{key} = \"tcp://127.0.0.1:12345\"") is not { } text) return null;
        var tcpText = text.Value.StartsWith(alias, StringComparison.Ordinal) ? $"tcp://{text.Value[alias.Length..].TrimEnd('/')}" : text.Value;
        if (ValidatorAddress.TryParse(tcpText, out var address, out _) && address is ValidatorAddress.Tcp { Peer: null } tcp) return tcp;
        reading.Errors.Add(text.At, $"{key} must be the host and port of a yubihsm-connector, such as \"tcp://127.0.0.1:12345\"");
        return null;
    }

    /// <summary>Object ids of a YubiHSM have two bytes; 0 is none. Null when absent or reported.</summary>
    public static int? ObjectId(TomlTableReader table, string key) => table.Integer(key, 1, ushort.MaxValue, otherwise: 0) is var id and > 0 ? (int)id : null;
}
