using Kms.Hardware.YubiHsm;
using Kms.Hardware.YubiHsm.Connector;
using Kms.Host.Config;
using Microsoft.Extensions.Logging;

namespace Kms.Host.Composition;

/// <summary>The connector_server of each [[providers.yubihsm]] that has one: other programs use the YubiHSM through this one, while it signs.</summary>
internal sealed class GuestEntrance : IAsyncDisposable
{
    private readonly List<(ConnectorServer Server, IYubiHsmTransport Way, string Device)> _servers = [];

    private GuestEntrance() { }

    /// <summary>Listens wherever the configuration says.</summary>
    /// <param name="guests">Their ways to the devices, which must not be closed before this.</param>
    /// <returns>Or a sentence that says why that is not possible.</returns>
    public static async Task<(GuestEntrance? Entrance, string? Error)> OpenAsync(IEnumerable<(YubiHsmConfig Section, IYubiHsmTransport Way)> guests)
    {
        var entrance = new GuestEntrance();
        foreach (var (section, way) in guests)
        {
            var options = new ConnectorOptions(section.ConnectorServer!.Listen, section.SerialNumber);
            if (!ConnectorServer.TryListen(options, out var server, out var error))
            {
                await entrance.DisposeAsync().ConfigureAwait(false);
                return (null, $"connector_server: {error}");
            }

            entrance._servers.Add((server, way, section.SerialNumber is null ? "the YubiHSM" : $"YubiHSM {section.SerialNumber}"));
        }

        return (entrance, null);
    }

    /// <summary>Lets them in.</summary>
    /// <param name="log">For who they are.</param>
    public void Serve(ILogger log)
    {
        foreach (var (server, way, device) in _servers)
        {
            log.LogInformation("[connector] other programs reach {Device} at http://{Address}", device, server.Address);
            server.Serve(way, new ConnectorLog(line => log.LogInformation("[connector] {Line}", line), line => log.LogWarning("[connector] {Line}", line)));
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var (server, _, _) in _servers) await server.DisposeAsync().ConfigureAwait(false);
    }
}
