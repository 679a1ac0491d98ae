using System.Net;

namespace Kms.Hardware.YubiHsm.Connector;

/// <summary>How a connector server listens and what it puts up with.</summary>
/// <param name="Listen">Where; port 0 takes a free one.</param>
/// <param name="SerialNumber">The device's, ten digits, as the status tells it; null when any device will do.</param>
public sealed record ConnectorOptions(IPEndPoint Listen, string? SerialNumber = null)
{
    /// <summary>Connections served at a time; the next one waits to be accepted.</summary>
    public int MaxConnections { get; init; } = 16;

    /// <summary>Requests per second, of all connections together; as many again may come at once. More are answered 503.</summary>
    public int RequestsPerSecond { get; init; } = 1000;

    /// <summary>How long a connection may be idle between two requests.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a request may take to arrive from its first byte on, and an answer to be taken.</summary>
    public TimeSpan TransferTimeout { get; init; } = TimeSpan.FromSeconds(5);
}
