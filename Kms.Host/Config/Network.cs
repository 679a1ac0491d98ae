using System.Text.RegularExpressions;
using Kms.Protocol.SignBytes;

namespace Kms.Host.Config;

/// <summary>A network that <c>tmkms init</c> knows, and whose key prefixes are known where a configuration has no [[chain]] section.
/// Chain ids and prefixes are those of the public chain registry.</summary>
/// <param name="Name">What the operator types after -n.</param>
/// <param name="Title">Its name in prose.</param>
/// <param name="ChainId">The id of the chain as it runs today.</param>
/// <param name="Prefix">Bech32 prefix of the chain; keys have "pub" and "valconspub" behind it.</param>
/// <param name="Families">Further chain ids of the network, testnets too, without their revision.</param>
public sealed partial record Network(string Name, string Title, string ChainId, string Prefix, params IReadOnlyList<string> Families)
{
    /// <summary>All of them, tmkms's five first.</summary>
    public static IReadOnlyList<Network> All { get; } =
    [
        new("cosmoshub", "Cosmos Hub", "cosmoshub-4", "cosmos", "theta-testnet", "provider"),
        new("irishub", "IRIS Hub", "irishub-1", "i") { AccountKeyPrefix = "iap", ConsensusKeyPrefix = "icp" },
        new("sentinelhub", "Sentinel Hub", "sentinelhub-2", "sent"),
        new("osmosis", "Osmosis", "osmosis-1", "osmo", "osmo-test"),
        new("core", "Persistence", "core-1", "persistence", "test-core"),
        new("agoric", "Agoric", "agoric-3", "agoric", "agoricdev"),
        new("akash", "Akash", "akashnet-2", "akash"),
        new("axelar", "Axelar", "axelar-dojo-1", "axelar", "axelar-testnet-lisbon"),
        new("celestia", "Celestia", "celestia", "celestia", "mocha", "arabica") { RawBytes = RawBytesForm.Celestia },
        new("dydx", "dYdX", "dydx-mainnet-1", "dydx", "dydx-testnet"),
        new("dymension", "Dymension", "dymension_1100-1", "dym"),
        new("evmos", "Evmos", "evmos_9001-2", "evmos"),
        new("injective", "Injective", "injective-1", "inj"),
        new("juno", "Juno", "juno-1", "juno", "uni"),
        new("kava", "Kava", "kava_2222-10", "kava"),
        new("neutron", "Neutron", "neutron-1", "neutron", "pion"),
        new("noble", "Noble", "noble-1", "noble", "grand"),
        new("secret", "Secret Network", "secret-4", "secret"),
        new("sei", "Sei", "pacific-1", "sei", "atlantic", "sei-devnet"),
        new("stargaze", "Stargaze", "stargaze-1", "stars", "elgafar"),
        new("stride", "Stride", "stride-1", "stride", "stride-internal"),
        new("terra", "Terra", "phoenix-1", "terra"),
    ];

    /// <summary>Prefix of account keys.</summary>
    public string AccountKeyPrefix { get; init; } = Prefix + "pub";

    /// <summary>Prefix of consensus keys.</summary>
    public string ConsensusKeyPrefix { get; init; } = Prefix + "valconspub";

    /// <summary>The raw bytes that its nodes need signed for every block they propose; None where they need none.</summary>
    public RawBytesForm RawBytes { get; init; }

    /// <summary>The network of that name; null when there is none. "persistence" is what many call core.</summary>
    public static Network? Find(string name) => All.FirstOrDefault(n => n.Name == (name == "persistence" ? "core" : name));

    /// <summary>The network that a chain id belongs to; null when none is known. Revisions and EVM numbers do not count: cosmoshub-3 and
    /// cosmoshub-4 are one network, evmos_9001-2 and its testnet evmos_9000-4 too.</summary>
    public static Network? OfChain(string chainId) =>
        All.FirstOrDefault(n => Family(n.ChainId) == Family(chainId) || n.Families.Contains(Family(chainId)));

    private static string Family(string chainId) => Revision().Replace(chainId, "");

    [GeneratedRegex("(_[0-9]+)?(-[0-9]+)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Revision();
}
