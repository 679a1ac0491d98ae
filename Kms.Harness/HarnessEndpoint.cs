using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Kms.Protocol.KeyEncoding;

namespace Kms.Harness;

/// <summary>Where the harness listens, as a node does with <c>priv_validator_laddr</c>.</summary>
public abstract record HarnessEndpoint
{
    private HarnessEndpoint() { }

    internal abstract EndPoint ToEndPoint();

    /// <summary>TCP with SecretConnection: <c>tcp://address:port</c>.</summary>
    /// <param name="Address">Local address to listen on.</param>
    /// <param name="Port">0 to 65535; 0 takes any free port.</param>
    public sealed record Tcp(IPAddress Address, int Port) : HarnessEndpoint
    {
        internal override EndPoint ToEndPoint() => new IPEndPoint(Address, Port);

        /// <inheritdoc/>
        public override string ToString() => $"tcp://{new IPEndPoint(Address, Port)}";
    }

    /// <summary>TCP with libp2p's Noise, as CometBFT 0.40 has it: <c>noise://address:port</c>.</summary>
    /// <param name="Address">Local address to listen on.</param>
    /// <param name="Port">0 to 65535; 0 takes any free port.</param>
    public sealed record Noise(IPAddress Address, int Port) : HarnessEndpoint
    {
        /// <summary>The one signer that is served; null for any. A node names it in its priv_validator_laddr.</summary>
        public PeerId? Signer { get; init; }

        internal override EndPoint ToEndPoint() => new IPEndPoint(Address, Port);

        /// <inheritdoc/>
        public override string ToString() => $"noise://{new IPEndPoint(Address, Port)}";
    }

    /// <summary>A Unix domain socket without encryption: <c>unix:///path</c>.</summary>
    /// <param name="Path">Path of the socket; nothing may exist there yet.</param>
    public sealed record Unix(string Path) : HarnessEndpoint
    {
        internal override EndPoint ToEndPoint() => new UnixDomainSocketEndPoint(Path);

        /// <inheritdoc/>
        public override string ToString() => $"unix://{Path}";
    }

    /// <summary>Parses <c>tcp://address:port</c> or <c>noise://address:port</c> (an IP address or localhost), or <c>unix:///path</c>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="endpoint">The endpoint; null on failure.</param>
    /// <param name="error">What is wrong and what to write instead; null on success.</param>
    public static bool TryParse(string text, out HarnessEndpoint? endpoint, out string? error)
    {
        endpoint = text switch
        {
            _ when text.StartsWith("unix://", StringComparison.Ordinal) => ParseUnix(text["unix://".Length..]),
            _ when text.StartsWith("tcp://", StringComparison.Ordinal) => ParsePlace(text["tcp://".Length..]) is { } at ? new Tcp(at.Address, at.Port) : null,
            _ when text.StartsWith("noise://", StringComparison.Ordinal) => ParsePlace(text["noise://".Length..]) is { } at ? new Noise(at.Address, at.Port) : null,
            _ => null,
        };
        error = endpoint is null ? $"cannot listen on '{text}': use tcp://127.0.0.1:26659 or noise://127.0.0.1:26659 (port 0 for any), or unix:///run/harness.sock" : null;
        return error is null;
    }

    // sun_path holds 108 bytes with its terminator (unix(7)).
    private static Unix? ParseUnix(string path) =>
        path.Length > 0 && System.Text.Encoding.UTF8.GetByteCount(path) < 108 ? new Unix(path) : null;

    private static IPEndPoint? ParsePlace(string text)
    {
        var colon = text.LastIndexOf(':');
        if (colon <= 0 || !int.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port > 65535)
            return null;
        var host = text[..colon];
        if (host == "localhost") return new IPEndPoint(IPAddress.Loopback, port);
        return IPAddress.TryParse(host.Trim('[', ']'), out var address) ? new IPEndPoint(address, port) : null;
    }
}
