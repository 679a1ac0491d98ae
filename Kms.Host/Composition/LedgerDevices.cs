using Kms.Hardware.Ledger;
using Kms.Hardware.Ledger.Hidraw;
using Kms.Host.Config;

namespace Kms.Host.Composition;

/// <summary>From [[providers.ledgertm]] to a device that is not opened yet.</summary>
internal static class LedgerDevices
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);

    /// <summary>The device.</summary>
    /// <param name="section">The section.</param>
    /// <param name="log">Told what the operator must see.</param>
    public static LedgerDevice Create(LedgerConfig section, LedgerLog log) => new(Transport(section.Transport), new LedgerOptions { Notify = log.Notify });

    /// <summary>The way to the device.</summary>
    public static ILedgerTransport Transport(LedgerTransportConfig transport) => transport switch
    {
        LedgerTransportConfig.Hid hid => new HidTransport(new HidrawDevice(HidrawBus.Machine, hid.Path)),
        LedgerTransportConfig.Tcp { Address: var address } => TcpTransport.TryCreate(address, ConnectTimeout, out var tcp, out var error)
            ? tcp
            : throw new InvalidOperationException(error),
        _ => throw new InvalidOperationException($"{transport} is not known"),
    };
}
