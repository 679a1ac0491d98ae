using System.Globalization;
using Kms.Protocol.KeyEncoding;

namespace Kms.Actors.Validator;

/// <summary>Where a validator node listens for its signer (priv_validator_laddr), as tmkms.toml's addr says it.</summary>
public abstract record ValidatorAddress
{
    private ValidatorAddress() { }

    /// <summary>TCP with SecretConnection: <c>tcp://[peerid@]host:port</c>.</summary>
    /// <param name="Peer">The node id that must answer; null when any may.</param>
    /// <param name="Host">Name or IP address; IPv6 without brackets.</param>
    /// <param name="Port">1 to 65535.</param>
    public sealed record Tcp(NodeId? Peer, string Host, int Port) : ValidatorAddress
    {
        /// <inheritdoc/>
        public override string ToString() =>
            string.Create(CultureInfo.InvariantCulture, $"tcp://{(Peer is null ? "" : Peer + "@")}{(Host.Contains(':') ? $"[{Host}]" : Host)}:{Port}");
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
        address = null;
        error = null;
        if (text.StartsWith("unix://", StringComparison.Ordinal))
        {
            if (text.Length == "unix://".Length) error = "a Unix socket address needs a path: unix:///run/validator/privval.sock";
            else address = new Unix(text["unix://".Length..]);
            return error is null;
        }

        var rest = text.StartsWith("tcp://", StringComparison.Ordinal) ? text["tcp://".Length..] : text;
        if (rest.Contains("://", StringComparison.Ordinal))
        {
            error = $"invalid address scheme: {text} (use tcp://[peerid@]host:port or unix:///path)";
            return false;
        }

        NodeId? peer = null;
        if (rest.IndexOf('@', StringComparison.Ordinal) is var at and >= 0)
        {
            if (!NodeId.TryParse(rest[..at], out peer))
            {
                error = $"invalid peer id '{rest[..at]}': a peer id has 40 hexadecimal digits";
                return false;
            }

            rest = rest[(at + 1)..];
        }

        var colon = rest.LastIndexOf(':');
        if (colon <= 0 || !int.TryParse(rest[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > 65535)
        {
            error = $"invalid address {text}: a port is missing or not 1 to 65535 (use tcp://[peerid@]host:port)";
            return false;
        }

        var host = rest[..colon];
        var isBracketed = host is ['[', .., ']'];
        if (isBracketed) host = host[1..^1];
        if (host.Length == 0 || host.Any(c => c is '[' or ']' or '/' || char.IsWhiteSpace(c) || char.IsControl(c)) || host.Contains(':') != isBracketed)
        {
            error = $"invalid address {text}: '{rest[..colon]}' is no host (use a name, an IPv4 address, or an IPv6 address in brackets)";
            return false;
        }

        address = new Tcp(peer, host, port);
        return true;
    }
}
