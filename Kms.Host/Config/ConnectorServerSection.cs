using System.Net;
using Kms.Actors.Validator;

namespace Kms.Host.Config;

/// <summary>Reads connector_server of [[providers.yubihsm]].</summary>
internal static class ConnectorServerSection
{
    /// <summary>Null when the address is absent or reported.</summary>
    public static YubiHsmConnectorServer? Read(TomlTableReader table, Reading reading)
    {
        var address = YubiHsmSection.ReadAddress(table, "laddr", reading);
        var allowRemote = table.Bool("allow_remote", false);
        YubiHsmCli? commands = null;
        if (table.Table("cli") is { } cli)
        {
            commands = new YubiHsmCli(YubiHsmSection.ObjectId(cli, "auth_key"));
            cli.Finish();
        }

        table.Finish();
        return address is not null && Listen(address, allowRemote, reading.PlaceOf(table.At.Line, "laddr"), reading) is { } ip
            ? new YubiHsmConnectorServer(ip.ToString(), address.Port, commands)
            : null;
    }

    // A name may come to mean another address one day; that must not open the device to other machines.
    private static IPAddress? Listen(ValidatorAddress.Tcp address, bool allowRemote, TomlPosition at, Reading reading)
    {
        if (address.Host == "localhost") return IPAddress.Loopback;
        if (!IPAddress.TryParse(address.Host, out var ip))
        {
            reading.Errors.Add(at, $"laddr must name an IP address of this machine, or localhost, not {address.Host}");
            return null;
        }

        if (IPAddress.IsLoopback(ip)) return ip;
        if (allowRemote)
            reading.Warnings.Add(at, "other machines reach the YubiHSM through connector_server: let a firewall admit only those that administer it");
        else
            reading.Errors.Add(
                at, $"with laddr {ip} other machines could reach the YubiHSM and try passwords: write tcp://127.0.0.1:{address.Port}, or add allow_remote = true if that is meant");
        return allowRemote ? ip : null;
    }
}
