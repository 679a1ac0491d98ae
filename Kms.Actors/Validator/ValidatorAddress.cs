using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Kms.Protocol.KeyEncoding;

namespace Kms.Actors.Validator;

/// <summary>Where a validator node listens for its signer (priv_validator_laddr), as tmkms.toml's addr says it.</summary>
public abstract record ValidatorAddress
{
    private const string TcpForm = "tcp://[peerid@]host:port";
    private const string NoiseForm = "noise://peerid@host:port";

    private ValidatorAddress() { }

    /// <summary>TCP with SecretConnection: <c>tcp://[peerid@]host:port</c>.</summary>
    /// <param name="Peer">The node id that must answer; null when any may.</param>
    /// <param name="Host">Name or IP address; IPv6 without brackets.</param>
    /// <param name="Port">1 to 65535.</param>
    public sealed record Tcp(NodeId? Peer, string Host, int Port) : ValidatorAddress
    {
        /// <inheritdoc/>
        public override string ToString() => $"tcp://{(Peer is null ? "" : Peer + "@")}{Place(Host, Port)}";
    }

    /// <summary>TCP with libp2p's Noise (CometBFT 0.40, privval/noise_listener.go): <c>noise://peerid@host:port</c>.</summary>
    /// <remarks>CometBFT takes only an IP address there, because that is where it listens (ParseNoiseAddr); it has no dialler for Noise, and its
    /// dialler for TCP takes names. So does this one: who answers is proven by the peer id, whatever the name leads to.</remarks>
    /// <param name="Peer">The peer that must answer: the node's, of its node_key.json. Not the signer's, which stands in the node's own address.</param>
    /// <param name="Host">Name or IP address; IPv6 without brackets.</param>
    /// <param name="Port">1 to 65535.</param>
    public sealed record Noise(PeerId Peer, string Host, int Port) : ValidatorAddress
    {
        /// <inheritdoc/>
        public override string ToString() => $"noise://{Peer}@{Place(Host, Port)}";
    }

    /// <summary>A Unix domain socket without encryption: <c>unix:///path</c>.</summary>
    /// <param name="Path">Path of the socket.</param>
    public sealed record Unix(string Path) : ValidatorAddress
    {
        /// <inheritdoc/>
        public override string ToString() => $"unix://{Path}";
    }

    /// <summary>Parses an address. An address without a scheme is TCP, as in tmkms.</summary>
    /// <param name="text">The text.</param>
    /// <param name="address">The address; null on failure.</param>
    /// <param name="error">What is wrong and what to write instead; null on success.</param>
    public static bool TryParse(string text, out ValidatorAddress? address, out string? error)
    {
        var colon = text.IndexOf("://", StringComparison.Ordinal);
        var (scheme, rest) = colon < 0 ? ("tcp", text) : (text[..colon], text[(colon + "://".Length)..]);
        (address, error) = scheme switch
        {
            "unix" => ParseUnix(rest),
            "tcp" => ParseTcp(text, rest),
            "noise" => ParseNoise(text, rest),
            _ => (null, $"invalid address scheme: {text} (use {TcpForm}, {NoiseForm} or unix:///path)"),
        };
        return error is null;
    }

    private static (ValidatorAddress?, string?) ParseUnix(string path) =>
        path.Length == 0 ? (null, "a Unix socket address needs a path: unix:///run/validator/privval.sock") : (new Unix(path), null);

    private static (ValidatorAddress?, string?) ParseTcp(string text, string rest)
    {
        NodeId? peer = null;
        if (SplitPeer(ref rest) is { } id && !NodeId.TryParse(id, out peer))
            return (null, $"invalid peer id '{id}': a peer id has 40 hexadecimal digits{(PeerId.TryParse(id, out _, out _) ? "; this one is for noise://" : "")}");
        return TryPlace(text, rest, TcpForm, out var host, out var port, out var error) ? (new Tcp(peer, host, port), null) : (null, error);
    }

    private static (ValidatorAddress?, string?) ParseNoise(string text, string rest)
    {
        if (SplitPeer(ref rest) is not { } id)
            return (null, $"invalid address {text}: the node's peer id is missing (use {NoiseForm}); `cometbft show-node-id --libp2p` prints it");
        if (NodeId.TryParse(id, out _))
            return (null, $"invalid peer id '{id}': this is a node id; noise:// takes the peer id, which `cometbft show-node-id --libp2p` prints");
        if (!PeerId.TryParse(id, out var peer, out var error)) return (null, $"invalid peer id '{id}': {error}");
        return TryPlace(text, rest, NoiseForm, out var host, out var port, out error) ? (new Noise(peer, host, port), null) : (null, error);
    }

    // At the last @, as CometBFT does.
    private static string? SplitPeer(ref string rest)
    {
        var at = rest.LastIndexOf('@');
        if (at < 0) return null;
        var peer = rest[..at];
        rest = rest[(at + 1)..];
        return peer;
    }

    private static bool TryPlace(
        string text, string place, string form, [NotNullWhen(true)] out string? host, out int port, [NotNullWhen(false)] out string? error)
    {
        host = null;
        port = 0;
        error = null;
        var colon = place.LastIndexOf(':');
        if (colon < 0 || !int.TryParse(place[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out port) || port is < 1 or > 65535)
        {
            error = $"invalid address {text}: a port is missing or not 1 to 65535 (use {form})";
            return false;
        }

        var isBracketed = place[..colon] is ['[', .., ']'];
        host = isBracketed ? place[1..(colon - 1)] : place[..colon];
        if (host.Length == 0 || host.Any(c => c is '[' or ']' or '/' || char.IsWhiteSpace(c) || char.IsControl(c)) || host.Contains(':') != isBracketed)
            error = $"invalid address {text}: '{place[..colon]}' is no host (use a name, an IPv4 address, or an IPv6 address in brackets)";
        return error is null;
    }

    private static string Place(string host, int port) => string.Create(CultureInfo.InvariantCulture, $"{(host.Contains(':') ? $"[{host}]" : host)}:{port}");
}
