using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Kms.Core.Signing;
using Kms.Protocol.KeyEncoding;
using Kms.Protocol.SecretConnection;
using Org.BouncyCastle.Crypto.Parameters;

namespace Kms.Harness;

/// <summary>What came of waiting for a signer.</summary>
/// <param name="Connection">The connection, or null.</param>
/// <param name="Problem">Why there is none; null with a connection.</param>
public readonly record struct Accepted(SignerConnection? Connection, string? Problem);

/// <summary>Listens for signers as a CometBFT node does: over TCP with SecretConnection or Noise and an identity made at start, over a Unix
/// socket without either. Its Noise shares nothing with the signer's (<see cref="NoisePeer"/>). Connections are taken one at a time; others wait in the backlog.</summary>
public sealed class NodeListener : IDisposable
{
    private const int Backlog = 8;

    private readonly TimeSpan _timeout;
    private readonly IdentityKey? _identity;
    private readonly byte[] _noiseIdentity = RandomNumberGenerator.GetBytes(32);
    private Socket? _socket;

    private NodeListener(HarnessEndpoint endpoint, TimeSpan timeout)
    {
        Endpoint = endpoint;
        _timeout = timeout;
        _identity = endpoint is HarnessEndpoint.Tcp ? IdentityKey.Generate() : null;
    }

    /// <summary>Where it listens, with the real port.</summary>
    public HarnessEndpoint Endpoint { get; private set; }

    /// <summary>The id signers see; it lasts as long as this object. Null but over TCP with SecretConnection.</summary>
    public NodeId? NodeId => _identity?.NodeId;

    /// <summary>The id signers see; it lasts as long as this object. Null but over Noise.</summary>
    public PeerId? PeerId => Endpoint is HarnessEndpoint.Noise ? IdOf(new Ed25519PrivateKeyParameters(_noiseIdentity, 0).GeneratePublicKey().GetEncoded()) : null;

    /// <summary>How a signer's configuration names this node, its id included.</summary>
    public string Address => Endpoint switch
    {
        HarnessEndpoint.Tcp tcp => $"tcp://{NodeId}@{new IPEndPoint(tcp.Address, tcp.Port)}",
        HarnessEndpoint.Noise noise => $"noise://{PeerId}@{new IPEndPoint(noise.Address, noise.Port)}",
        _ => Endpoint.ToString()!,
    };

    /// <summary>Starts listening.</summary>
    /// <param name="endpoint">Where.</param>
    /// <param name="timeout">Longest wait for one reply or one handshake.</param>
    /// <param name="error">Why it is not possible; null on success.</param>
    public static NodeListener? TryListen(HarnessEndpoint endpoint, TimeSpan timeout, out string? error)
    {
        var listener = new NodeListener(endpoint, timeout);
        error = listener.TryResume();
        if (error is null) return listener;
        listener.Dispose();
        return null;
    }

    /// <summary>Stops listening and drops whoever waits in the backlog, as a stopped node does.</summary>
    public void Pause()
    {
        _socket?.Dispose();
        _socket = null;
    }

    /// <summary>Listens again at the same place; null, or why it is not possible.</summary>
    public string? TryResume()
    {
        var where = Endpoint.ToEndPoint();
        var socket = new Socket(where.AddressFamily, SocketType.Stream, where is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified);
        try
        {
            socket.Bind(where);
            socket.Listen(Backlog);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            return $"cannot listen on {Endpoint}: {Reason(e)}";
        }

        if (socket.LocalEndPoint is IPEndPoint { Port: var port })
            Endpoint = Endpoint is HarnessEndpoint.Noise noise ? noise with { Port = port } : (HarnessEndpoint.Tcp)Endpoint with { Port = port };
        _socket = socket;
        return null;
    }

    /// <summary>Waits for a signer and completes the handshake. Callers that fail the handshake are dropped and the next one is taken.</summary>
    public async Task<Accepted> AcceptAsync(TimeSpan patience, CancellationToken ct)
    {
        var problem = FormattableString.Invariant($"no signer dialled {Endpoint} within {patience.TotalSeconds:0.###} s");
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(patience);
        try
        {
            while (true)
            {
                var (stream, peer) = await AcceptRawAsync(deadline.Token);
                problem = $"{peer} dialled, but the handshake was not finished in time; {Advice}";
                var (secured, id, failure) = await SecureAsync(stream, deadline.Token);
                if (secured is not null) return new Accepted(new SignerConnection(secured, peer + id, _timeout), null);
                problem = $"{peer} dialled, but the handshake failed: {failure}";
            }
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return new Accepted(null, problem);
        }
    }

    /// <summary>Waits for a caller and does not shake hands.</summary>
    internal async Task<(Stream Stream, string Peer)> AcceptRawAsync(CancellationToken ct)
    {
        while (true)
        {
            // A paused listener has nobody to wait for; the deadline ends this as it ends any other wait.
            var socket = _socket is null ? await NobodyAsync(ct) : await _socket.AcceptAsync(ct);
            if (Admit(socket) is { } caller) return caller;
            socket.Dispose();
        }
    }

    /// <summary>Waits for a caller, sends it <paramref name="bytes"/> instead of a handshake and hangs up. Null, or why nobody came.</summary>
    internal async Task<string?> MishandleAsync(ReadOnlyMemory<byte> bytes, TimeSpan silence, TimeSpan patience, CancellationToken ct)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(patience);
        try
        {
            var (stream, peer) = await AcceptRawAsync(deadline.Token);
            await using var caller = new SignerConnection(stream, peer, silence);
            await caller.SendRawAsync(bytes, silence, ct);
            return null;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return FormattableString.Invariant($"no signer dialled {Endpoint} within {patience.TotalSeconds:0.###} s");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Pause();
        _identity?.Dispose();
    }

    private async Task<(Stream? Stream, string Id, string Failure)> SecureAsync(Stream stream, CancellationToken ct)
    {
        if (Endpoint is HarnessEndpoint.Unix) return (stream, "", "");
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(_timeout);
        try
        {
            if (Endpoint is HarnessEndpoint.Noise noise) return await SecureByNoiseAsync(stream, noise.Signer, deadline.Token);
            var secured = await SecretConnectionStream.HandshakeAsync(stream, _identity!, deadline.Token);
            return (secured, $" (id {Protocol.KeyEncoding.NodeId.Of(secured.RemoteKey)})", "");
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return (null, "", FormattableString.Invariant($"not finished within {_timeout.TotalSeconds:0.###} s; {Advice}"));
        }
        catch (IOException e)
        {
            return (null, "", $"{e.Message}; {Advice}");
        }
    }

    // As a node: whoever dials may finish the handshake, and is dropped afterwards (cometbft privval/noise_listener.go, Accept).
    private async Task<(Stream? Stream, string Id, string Failure)> SecureByNoiseAsync(Stream stream, PeerId? signer, CancellationToken ct)
    {
        var secured = await NoisePeerStream.AcceptAsync(stream, _noiseIdentity, ct);
        var id = IdOf(secured.RemoteKey);
        if (signer is null || signer == id) return (secured, $" (id {id})", "");
        await secured.DisposeAsync();
        return (null, "", $"its peer id is {id}, not {signer}");
    }

    // What is wrong most often when a handshake comes to nothing.
    private string Advice => $"its address for this node must begin with {(PeerId is null ? "tcp://" : $"noise://{PeerId}@")}";

    // .NET takes a missing directory for an address of another machine.
    private string Reason(SocketException e) => Endpoint is not HarnessEndpoint.Unix { Path: var path } ? e.Message
        : File.Exists(path) ? $"{e.Message}; remove the file first"
        : Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(path))) ? e.Message
        : "its directory does not exist";

    private static PeerId IdOf(ReadOnlySpan<byte> key) => Protocol.KeyEncoding.PeerId.Of(new PublicKey(KeyAlgorithm.Ed25519, key));

    private static async Task<Socket> NobodyAsync(CancellationToken ct)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, ct);
        throw new System.Diagnostics.UnreachableException();
    }

    // A signer that gave up while it waited in the backlog must not be mistaken for one that hangs up on a request.
    private static (Stream Stream, string Peer)? Admit(Socket socket)
    {
        try
        {
            if (socket.Poll(TimeSpan.Zero, SelectMode.SelectRead) && socket.Available == 0) return null;
            if (socket.RemoteEndPoint is not IPEndPoint remote) return (new NetworkStream(socket, ownsSocket: true), "the signer");
            socket.NoDelay = true;
            return (new NetworkStream(socket, ownsSocket: true), remote.ToString());
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return null;
        }
    }
}
