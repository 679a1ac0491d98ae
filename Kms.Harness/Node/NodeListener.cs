using System.Net;
using System.Net.Sockets;
using Kms.Protocol.KeyEncoding;
using Kms.Protocol.SecretConnection;

namespace Kms.Harness;

/// <summary>What came of waiting for a signer.</summary>
/// <param name="Connection">The connection, or null.</param>
/// <param name="Problem">Why there is none; null with a connection.</param>
public readonly record struct Accepted(SignerConnection? Connection, string? Problem);

/// <summary>Listens for signers as a CometBFT node does: over TCP with SecretConnection and an identity made at start, over a Unix
/// socket without either. Connections are taken one at a time; others wait in the backlog.</summary>
public sealed class NodeListener : IDisposable
{
    private const int Backlog = 8;

    private readonly TimeSpan _timeout;
    private readonly IdentityKey? _identity;
    private Socket? _socket;

    private NodeListener(HarnessEndpoint endpoint, TimeSpan timeout)
    {
        Endpoint = endpoint;
        _timeout = timeout;
        _identity = endpoint is HarnessEndpoint.Tcp ? IdentityKey.Generate() : null;
    }

    /// <summary>Where it listens, with the real port.</summary>
    public HarnessEndpoint Endpoint { get; private set; }

    /// <summary>The id signers see; it lasts as long as this object. Null on a Unix socket.</summary>
    public NodeId? NodeId => _identity?.NodeId;

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
            var hint = Endpoint is HarnessEndpoint.Unix { Path: var path } && File.Exists(path) ? "; remove the file first" : "";
            return $"cannot listen on {Endpoint}: {e.Message}{hint}";
        }

        if (socket.LocalEndPoint is IPEndPoint bound) Endpoint = new HarnessEndpoint.Tcp(bound.Address, bound.Port);
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
        if (_identity is null) return (stream, "", "");
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(_timeout);
        try
        {
            var secured = await SecretConnectionStream.HandshakeAsync(stream, _identity, deadline.Token);
            return (secured, $" (id {Protocol.KeyEncoding.NodeId.Of(secured.RemoteKey)})", "");
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return (null, "", FormattableString.Invariant($"not finished within {_timeout.TotalSeconds:0.###} s"));
        }
        catch (IOException e)
        {
            return (null, "", e.Message);
        }
    }

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
