using System.Net.Sockets;
using Kms.Protocol.KeyEncoding;
using Kms.Protocol.Noise;
using Kms.Protocol.SecretConnection;

namespace Kms.Actors.Validator;

/// <summary>A connection to a validator, or why there is none.</summary>
/// <param name="Stream">The stream to speak privval over; null on failure.</param>
/// <param name="Peer">The node's proven node id, over Noise its peer id; null over a Unix socket.</param>
/// <param name="Error">Why there is no connection; null on success.</param>
public sealed record DialOutcome(Stream? Stream, string? Peer, string? Error);

/// <summary>Opens connections to validators: a TCP socket with SecretConnection or Noise, or a plain Unix socket.</summary>
/// <param name="identity">Our identity for SecretConnection and Noise; stays the caller's. Null when every address is a Unix socket.</param>
public sealed class ValidatorDialer(IdentityKey? identity)
{
    /// <summary>Our node id, as validators see it; null without an identity.</summary>
    public NodeId? NodeId => identity?.NodeId;

    /// <summary>Our peer id, as validators that listen on noise:// see it; null without an identity.</summary>
    public PeerId? PeerId => identity?.PeerId;

    /// <summary>Connects and shakes hands.</summary>
    /// <param name="address">The node.</param>
    /// <param name="timeout">Longest wait for both.</param>
    /// <param name="cancel">Gives up early.</param>
    public async Task<DialOutcome> DialAsync(ValidatorAddress address, TimeSpan timeout, CancellationToken cancel)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(timeout);
        try
        {
            return address switch
            {
                ValidatorAddress.Tcp tcp => await DialTcpAsync(tcp, deadline.Token).ConfigureAwait(false),
                ValidatorAddress.Noise noise => await DialNoiseAsync(noise, deadline.Token).ConfigureAwait(false),
                ValidatorAddress.Unix unix => await DialUnixAsync(unix, deadline.Token).ConfigureAwait(false),
                _ => throw new System.Diagnostics.UnreachableException(),
            };
        }
        catch (OperationCanceledException)
        {
            return new DialOutcome(null, null, $"no connection within {timeout.TotalSeconds:0.#} s");
        }
        catch (NoiseException e)
        {
            return new DialOutcome(null, null, e.Message);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return new DialOutcome(null, null, $"I/O error: {e.Message}");
        }
    }

    private async Task<DialOutcome> DialTcpAsync(ValidatorAddress.Tcp address, CancellationToken deadline)
    {
        if (identity is null) return new DialOutcome(null, null, "a TCP validator needs a secret_key");
        var socket = await ConnectAsync(address.Host, address.Port, deadline).ConfigureAwait(false);
        var connection = await SecretConnectionStream.HandshakeAsync(socket, identity, deadline).ConfigureAwait(false);
        var peer = NodeId.Of(connection.RemoteKey);
        if (address.Peer is null || address.Peer == peer) return new DialOutcome(connection, peer.ToString(), null);

        await connection.DisposeAsync().ConfigureAwait(false);
        return new DialOutcome(null, peer.ToString(), $"validator peer ID mismatch! (expected {address.Peer}, got {peer})");
    }

    private async Task<DialOutcome> DialNoiseAsync(ValidatorAddress.Noise address, CancellationToken deadline)
    {
        if (identity is null) return new DialOutcome(null, null, "a noise validator needs a secret_key");
        var socket = await ConnectAsync(address.Host, address.Port, deadline).ConfigureAwait(false);
        var connection = await NoiseStream.ConnectAsync(socket, identity, address.Peer, deadline).ConfigureAwait(false);
        return new DialOutcome(connection, connection.RemotePeer.ToString(), null);
    }

    private static async Task<NetworkStream> ConnectAsync(string host, int port, CancellationToken deadline)
    {
        var client = new TcpClient { NoDelay = true };
        try
        {
            await client.ConnectAsync(host, port, deadline).ConfigureAwait(false);
            return client.GetStream();
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    private static async Task<DialOutcome> DialUnixAsync(ValidatorAddress.Unix address, CancellationToken deadline)
    {
        // The operating system's own words for it would be "cannot assign requested address".
        if (!File.Exists(address.Path)) return new DialOutcome(null, null, $"I/O error: no socket at {address.Path}; the node makes it when it starts");
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(address.Path), deadline).ConfigureAwait(false);
            return new DialOutcome(new NetworkStream(socket, ownsSocket: true), null, null);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
