namespace Kms.Host.Config;

/// <summary>Reads [[providers.ledgertm]], or [[providers.ledger]] as guides of some chains have it.</summary>
internal static class LedgerSection
{
    public const string Header = "[[providers.ledgertm]]";

    public const string OlderHeader = "[[providers.ledger]]";

    /// <summary>Adds the device to <paramref name="found"/> when the section is complete.</summary>
    public static void Read(TomlTableReader section, Providers found)
    {
        var chains = found.ReadChains(section, KeyPurpose.Consensus);
        section.Finish();
        found.Missing.Add((section.At, "ledgertm"));
        if (chains is not null) found.Ledgers.Add(new LedgerConfig(chains, section.At.Line));
    }
}
