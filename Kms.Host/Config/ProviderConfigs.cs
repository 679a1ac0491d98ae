using System.Net;
using Kms.Core.Consensus;
using Kms.Core.Signing;

namespace Kms.Host.Config;

/// <summary>What a key is for (tmkms.toml, type of a provider's key).</summary>
public enum KeyPurpose
{
    /// <summary>A key that votes.</summary>
    Consensus,

    /// <summary>A secp256k1 key. tmkms votes with it where a chain has no consensus key.</summary>
    Account,
}

/// <summary>A secret that the file holds itself. It is never printed.</summary>
/// <param name="value">The secret.</param>
public sealed class InlineSecret(string value) : IEquatable<InlineSecret>
{
    /// <summary>The secret, for the device or service that asks for it.</summary>
    public string Reveal() => value;

    /// <inheritdoc/>
    public bool Equals(InlineSecret? other) => other?.Reveal() == value;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as InlineSecret);

    /// <inheritdoc/>
    public override int GetHashCode() => value.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => "(secret)";
}

/// <summary>[[providers.yubihsm]]: one YubiHSM 2.</summary>
/// <param name="Adapter">How it is reached.</param>
/// <param name="Auth">How the session is opened.</param>
/// <param name="Keys">The keys in it that may sign.</param>
/// <param name="SerialNumber">Ten digits; null when any device will do.</param>
/// <param name="ConnectorServer">An HTTP server for other programs; null when none is wanted.</param>
/// <param name="Line">Where the section begins, from 1.</param>
public sealed record YubiHsmConfig(
    YubiHsmAdapter Adapter, YubiHsmAuth Auth, IReadOnlyList<YubiHsmKeyConfig> Keys, string? SerialNumber, YubiHsmConnectorServer? ConnectorServer,
    int Line);

/// <summary>How a YubiHSM is reached.</summary>
public abstract record YubiHsmAdapter
{
    private YubiHsmAdapter() { }

    /// <summary>By USB.</summary>
    /// <param name="Timeout">Longest wait for an answer of the device.</param>
    public sealed record Usb(TimeSpan Timeout) : YubiHsmAdapter;

    /// <summary>Through a yubihsm-connector.</summary>
    /// <param name="Host">Name or address.</param>
    /// <param name="Port">1 to 65535.</param>
    /// <param name="Timeout">Longest wait for an answer of the connector.</param>
    public sealed record Http(string Host, int Port, TimeSpan Timeout) : YubiHsmAdapter;
}

/// <summary>The authentication key of a YubiHSM session; exactly one of the two passwords is there.</summary>
/// <param name="Key">Id of the authentication key, 1 to 65535.</param>
/// <param name="PasswordFile">The file of its password; null when the password stands in tmkms.toml.</param>
/// <param name="Password">The password; null when it is in a file.</param>
public sealed record YubiHsmAuth(int Key, string? PasswordFile, InlineSecret? Password);

/// <summary>A signing key in a YubiHSM.</summary>
/// <param name="Chains">The chains that it signs for; at least one.</param>
/// <param name="Key">Its object id, 1 to 65535.</param>
/// <param name="Purpose">What it is for; an account key is secp256k1.</param>
/// <param name="Algorithm">What it must be a key of.</param>
public sealed record YubiHsmKeyConfig(IReadOnlyList<ChainId> Chains, int Key, KeyPurpose Purpose, KeyAlgorithm Algorithm);

/// <summary>An HTTP server compatible with yubihsm-connector, so that commands can use the device while the signer holds it.</summary>
/// <param name="Host">IP address to listen on.</param>
/// <param name="Port">1 to 65535.</param>
/// <param name="CliAuthKey">The authentication key that commands use instead, 1 to 65535; null for the same one.</param>
public sealed record YubiHsmConnectorServer(string Host, int Port, int? CliAuthKey)
{
    /// <summary>Where to listen.</summary>
    public IPEndPoint Listen => new(IPAddress.Parse(Host), Port);
}

/// <summary>[[providers.ledgertm]]: a Ledger with the Tendermint validator app.</summary>
/// <param name="Chains">The chains that its key signs for; at least one.</param>
/// <param name="Transport">How it is reached.</param>
/// <param name="Line">Where the section begins, from 1.</param>
public sealed record LedgerConfig(IReadOnlyList<ChainId> Chains, LedgerTransportConfig Transport, int Line);

/// <summary>How a Ledger is reached.</summary>
public abstract record LedgerTransportConfig
{
    private LedgerTransportConfig() { }

    /// <summary>By USB.</summary>
    /// <param name="Path">Its port, or the path of its node; null for the only one.</param>
    public sealed record Hid(string? Path) : LedgerTransportConfig;

    /// <summary>The app in Ledger's emulator.</summary>
    /// <param name="Address">"tcp://127.0.0.1:9999".</param>
    public sealed record Tcp(string Address) : LedgerTransportConfig;
}

/// <summary>One [[providers.fortanixdsm]].</summary>
/// <param name="ApiEndpoint">https, without path and query.</param>
/// <param name="ApiKey">The key of the application.</param>
/// <param name="Keys">The keys in it that may sign.</param>
/// <param name="Line">Where the section begins, from 1.</param>
public sealed record FortanixDsmConfig(Uri ApiEndpoint, InlineSecret ApiKey, IReadOnlyList<FortanixDsmKeyConfig> Keys, int Line);

/// <summary>A signing key in Fortanix DSM, named in exactly one way.</summary>
/// <param name="Chains">The chains that it signs for; at least one.</param>
/// <param name="KeyId">Its id; null when it is named.</param>
/// <param name="KeyName">Its name; null when it has an id.</param>
/// <param name="Purpose">What it is for.</param>
public sealed record FortanixDsmKeyConfig(IReadOnlyList<ChainId> Chains, Guid? KeyId, string? KeyName, KeyPurpose Purpose);
