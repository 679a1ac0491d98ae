using Kms.Hardware.Ledger;

namespace Kms.Host.Config;

/// <summary>Reads [[providers.ledgertm]], or [[providers.ledger]] as guides of some chains have it.</summary>
internal static class LedgerSection
{
    public const string Header = "[[providers.ledgertm]]";

    public const string OlderHeader = "[[providers.ledger]]";

    private const string Usb = "hid";

    /// <summary>Adds the device to <paramref name="found"/> when the section is complete.</summary>
    public static void Read(TomlTableReader section, Reading reading, Providers found)
    {
        var chains = found.ReadChains(section, KeyPurpose.Consensus);
        var transport = ReadTransport(section, reading.Errors);
        section.Finish();
        if (chains is not null && transport is not null) found.Ledgers.Add(new LedgerConfig(chains, transport, section.At.Line));
    }

    private static LedgerTransportConfig? ReadTransport(TomlTableReader section, ConfigErrors errors)
    {
        var (transport, path) = (section.String("transport"), section.String("path"));
        if (section.Has("transport") && transport is null || section.Has("path") && path is null) return null;
        var problem = path is null ? null : path.Value.Length == 0 ? "is empty" : path.Value.Any(char.IsControl) ? "has a control character" : null;
        if (problem is not null) errors.Add(path!.At, $"path {problem}: write the port that `tmkms ledger detect` prints, or leave it out");
        if (transport is null or { Value: Usb }) return problem is null ? new LedgerTransportConfig.Hid(path?.Value) : null;

        if (path is not null) errors.Add(path.At, $"path chooses among Ledgers on USB: leave it out, or transport = \"{transport.Value}\"");
        using var checkedOnly = TcpTransport.TryCreate(transport.Value, Timeout.InfiniteTimeSpan, out var tcp, out var error) ? tcp : null;
        if (error is not null) errors.Add(transport.At, $"transport {error}, or \"{Usb}\"");
        return path is null && error is null ? new LedgerTransportConfig.Tcp(transport.Value) : null;
    }
}
