using Kms.Hardware.YubiHsm;
using Kms.Hardware.YubiHsm.Connector;
using Kms.Host.Config;
using Microsoft.Extensions.Logging;

namespace Kms.Host.Composition;

/// <summary>connector_server: other programs use the YubiHSM through this one, while it signs.</summary>
internal sealed class GuestEntrance : IAsyncDisposable
{
    private readonly ConnectorServer _server;
    private readonly IYubiHsmTransport _guests;

    private GuestEntrance(ConnectorServer server, IYubiHsmTransport guests) => (_server, _guests) = (server, guests);

    /// <summary>Listens where the configuration says.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="guests">Their way to the device, which must not be closed before this; null when there is none.</param>
    /// <param name="error">Why that is not possible; null otherwise.</param>
    /// <returns>Null when nothing is to be served, or with an error.</returns>
    public static GuestEntrance? Open(KmsConfig config, IYubiHsmTransport? guests, out string? error)
    {
        error = null;
        if (guests is null || config.YubiHsm is not { ConnectorServer: { } wanted } device) return null;
        if (ConnectorServer.TryListen(new ConnectorOptions(wanted.Listen, device.SerialNumber), out var server, out var reason)) return new GuestEntrance(server, guests);
        error = $"connector_server: {reason}";
        return null;
    }

    /// <summary>Lets them in.</summary>
    /// <param name="log">For who they are.</param>
    public void Serve(ILogger log)
    {
        log.LogInformation("[yubihsm] other programs reach the device at http://{Address}", _server.Address);
        _server.Serve(_guests, new ConnectorLog(line => log.LogInformation("[yubihsm] {Line}", line), line => log.LogWarning("[yubihsm] {Line}", line)));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
