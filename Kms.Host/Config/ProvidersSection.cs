using Kms.Core.Consensus;

namespace Kms.Host.Config;

/// <summary>A chain that a provider names for one of its keys.</summary>
/// <param name="Chain">The chain.</param>
/// <param name="Purpose">What the key is for.</param>
/// <param name="YubiHsmLine">Where the section of its YubiHSM begins, from 1; null for a key of another provider.</param>
internal sealed record KeyUse(Located<string> Chain, KeyPurpose Purpose, int? YubiHsmLine = null);

/// <summary>What [providers] says.</summary>
internal sealed class Providers
{
    public List<SoftSignKeyConfig> SoftSignKeys { get; } = [];

    public List<SoftSignKeyConfig> SoftSignAccountKeys { get; } = [];

    public List<YubiHsmConfig> YubiHsms { get; } = [];

    public List<LedgerConfig> Ledgers { get; } = [];

    public List<FortanixDsmConfig> FortanixDsms { get; } = [];

    /// <summary>Every chain that some key was written for, even when the rest of its section is wrong.</summary>
    public List<KeyUse> Uses { get; } = [];

    /// <summary>The sections whose provider is not part of this build.</summary>
    public List<(TomlPosition At, string Provider)> Missing { get; } = [];

    /// <summary>Whether <see cref="Uses"/> is all that the file says; otherwise a chain may have a key that is not in it.</summary>
    public bool IsComplete { get; set; } = true;

    /// <summary>The chains of one key, noted as used; null when absent or reported.</summary>
    public IReadOnlyList<ChainId>? ReadChains(TomlTableReader key, KeyPurpose purpose, int? yubiHsmLine = null)
    {
        if (key.RequiredStrings("chain_ids", """chain_ids = ["cosmoshub-4"]""") is not { } chains) return null;
        Uses.AddRange(chains.Select(chain => new KeyUse(chain, purpose, yubiHsmLine)));
        return [.. chains.Select(chain => new ChainId(chain.Value))];
    }
}

/// <summary>Reads [providers]: where the keys are. One section reader per provider.</summary>
internal static class ProvidersSection
{
    /// <summary>Reads all of them.</summary>
    /// <param name="root">The whole file.</param>
    /// <param name="reading">Where remarks go.</param>
    public static Providers Read(TomlTableReader root, Reading reading)
    {
        var found = new Providers();
        if (root.Table("providers") is not { } providers)
        {
            reading.Errors.AddForFile($"no [providers]: add a key with {SoftSignSection.Header}, chain_ids and path");
            found.IsComplete = false;
            return found;
        }

        var before = reading.Errors.Count;
        foreach (var section in providers.Sections("softsign", SoftSignSection.Header)) SoftSignSection.Read(section, reading, found);
        foreach (var section in providers.Sections("yubihsm", YubiHsmSection.Header)) YubiHsmSection.Read(section, reading, found);
        CrossChecks.EachDeviceOnce(found.YubiHsms, reading);
        Single(
            [.. providers.Sections("ledgertm", LedgerSection.Header), .. providers.Sections("ledger", LedgerSection.OlderHeader)], LedgerSection.Header, reading,
            section => LedgerSection.Read(section, reading, found));
        foreach (var section in providers.Sections("fortanixdsm", FortanixSection.Header)) FortanixSection.Read(section, reading, found);
        providers.Finish();
        VoteWithAccountKeys(found, reading);
        found.IsComplete = reading.Errors.Count == before;
        return found;
    }

    /// <summary>The purpose of a key; tmkms's default is consensus.</summary>
    public static KeyPurpose Purpose(TomlTableReader key, string name) =>
        key.Word(name, "consensus", "account")?.Value == "account" ? KeyPurpose.Account : KeyPurpose.Consensus;

    // As in tmkms, an account key votes only where there is no consensus key. Which chains those are is known when all providers are read.
    private static void VoteWithAccountKeys(Providers found, Reading reading)
    {
        var voting = found.Uses.Where(use => use.Purpose == KeyPurpose.Consensus).Select(use => new ChainId(use.Chain.Value)).ToHashSet();
        foreach (var key in found.SoftSignAccountKeys)
        {
            var idle = key.Chains.Where(voting.Contains).ToList();
            if (idle.Count > 0)
                reading.Warnings.Add(
                    reading.PlaceOf(key.Line, "key_type"),
                    $"this account key is not used for {string.Join(", ", idle)}, which has a consensus key: it would sign transactions, which neither tmkms "
                    + "0.13 and newer nor this signer does");
            if (idle.Count < key.Chains.Count) found.SoftSignKeys.Add(key with { Chains = [.. key.Chains.Except(idle)] });
        }

        found.SoftSignKeys.Sort((a, b) => a.Line.CompareTo(b.Line));
    }

    /// <summary>One device per provider, as in tmkms.</summary>
    private static void Single(IReadOnlyList<TomlTableReader> sections, string header, Reading reading, Action<TomlTableReader> read)
    {
        foreach (var section in sections) read(section);
        foreach (var again in sections.Skip(1))
            reading.Errors.Add(again.At, $"{header} is there twice (the first at line {sections[0].At.Line}): name all chains of the device in one section");
    }
}
