namespace Kms.Host.Cli;

/// <summary>A chain that <c>tmkms init</c> knows: its current chain id and the prefixes its keys are printed with.</summary>
/// <param name="Name">What the operator types after -n.</param>
/// <param name="Title">Its name in prose.</param>
/// <param name="ChainId">The id of the chain as it runs today.</param>
/// <param name="Prefix">Bech32 prefix of the chain; keys have "pub" and "valconspub" behind it.</param>
public sealed record Network(string Name, string Title, string ChainId, string Prefix)
{
    /// <summary>All of them, tmkms's five first.</summary>
    public static IReadOnlyList<Network> All { get; } =
    [
        new("cosmoshub", "Cosmos Hub", "cosmoshub-4", "cosmos"),
        new("irishub", "IRIS Hub", "irishub-1", "i") { AccountKeyPrefix = "iap", ConsensusKeyPrefix = "icp" },
        new("sentinelhub", "Sentinel Hub", "sentinelhub-2", "sent"),
        new("osmosis", "Osmosis", "osmosis-1", "osmo"),
        new("core", "Persistence", "core-1", "persistence"),
        new("akash", "Akash", "akashnet-2", "akash"),
        new("axelar", "Axelar", "axelar-dojo-1", "axelar"),
        new("celestia", "Celestia", "celestia", "celestia"),
        new("dydx", "dYdX", "dydx-mainnet-1", "dydx"),
        new("evmos", "Evmos", "evmos_9001-2", "evmos"),
        new("injective", "Injective", "injective-1", "inj"),
        new("juno", "Juno", "juno-1", "juno"),
        new("kava", "Kava", "kava_2222-10", "kava"),
        new("neutron", "Neutron", "neutron-1", "neutron"),
        new("noble", "Noble", "noble-1", "noble"),
        new("sei", "Sei", "pacific-1", "sei"),
        new("stargaze", "Stargaze", "stargaze-1", "stars"),
        new("stride", "Stride", "stride-1", "stride"),
    ];

    /// <summary>Prefix of account keys.</summary>
    public string AccountKeyPrefix { get; init; } = Prefix + "pub";

    /// <summary>Prefix of consensus keys.</summary>
    public string ConsensusKeyPrefix { get; init; } = Prefix + "valconspub";

    /// <summary>The network of that name; null when there is none. "persistence" is what many call core.</summary>
    public static Network? Find(string name) => All.FirstOrDefault(n => n.Name == (name == "persistence" ? "core" : name));
}
