using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace Kms.Hardware.YubiHsm.Connector;

/// <summary>A server like yubihsm-connector inside of the program that holds the device: yubihsm-shell and other clients use the device through it. It has the two
/// addresses of the connector and HTTP enough for them, and nothing else of a web server.</summary>
/// <remarks>There is no authentication but that of the device's sessions, as with the connector: who can connect can ask the device, so it belongs on the
/// loopback interface.</remarks>
public sealed class ConnectorServer : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly ConnectorOptions _options;
    private readonly SemaphoreSlim _free;
    private readonly CancellationTokenSource _stop = new();
    private Task _accepting = Task.CompletedTask;

    private ConnectorServer(Socket listener, ConnectorOptions options)
    {
        _listener = listener;
        _options = options;
        _free = new SemaphoreSlim(options.MaxConnections, options.MaxConnections);
        Address = (IPEndPoint)listener.LocalEndPoint!;
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint Address { get; }

    /// <summary>Listens: from now on clients can connect, and wait for <see cref="Serve"/>.</summary>
    /// <param name="options">Where, and the limits.</param>
    /// <param name="server">The server; null on failure.</param>
    /// <param name="error">Why it cannot listen.</param>
    public static bool TryListen(ConnectorOptions options, [NotNullWhen(true)] out ConnectorServer? server, [NotNullWhen(false)] out string? error)
    {
        (server, error) = (null, null);
        var listener = new Socket(options.Listen.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(options.Listen);
            listener.Listen(options.MaxConnections);
            server = new ConnectorServer(listener, options);
            return true;
        }
        catch (SocketException e)
        {
            listener.Dispose();
            error = e.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => $"cannot listen on {options.Listen}: another program does, perhaps yubihsm-connector; stop it, or choose another port",
                SocketError.AddressNotAvailable => $"cannot listen on {options.Listen}: this machine has no such address",
                SocketError.AccessDenied => $"cannot listen on {options.Listen}: permission denied; ports below 1024 are for root",
                _ => $"cannot listen on {options.Listen}: {e.Message}",
            };
            return false;
        }
    }

    /// <summary>Answers clients from now on. To be called once.</summary>
    /// <param name="device">The way to the device, such as <see cref="SharedTransport.Guest"/>; stays the caller's.</param>
    /// <param name="log">Where it tells of sessions and of what goes wrong.</param>
    /// <param name="clock">For the rate; null for the system's.</param>
    public void Serve(IYubiHsmTransport device, ConnectorLog log, TimeProvider? clock = null) =>
        _accepting = AcceptAsync(new ConnectorApi(device, _options, log, clock ?? TimeProvider.System), log);

    /// <summary>Stops listening and ends every connection, after the frames that the device is at work on.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        for (var i = 0; i < _options.MaxConnections; i++) await _free.WaitAsync();
        _free.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync(ConnectorApi api, ConnectorLog log)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await _free.WaitAsync(_stop.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            var connection = await AcceptOneAsync(log);
            if (connection is null) _free.Release();
            else _ = ServeAsync(connection, api, log);
        }
    }

    private async Task<Socket?> AcceptOneAsync(ConnectorLog log)
    {
        try
        {
            return await _listener.AcceptAsync(_stop.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            return null;
        }
        catch (SocketException e)
        {
            // Such as no more file descriptors: that passes, so the server goes on, but not in a tight loop.
            if (!_stop.IsCancellationRequested) log.Warning($"a connection was not accepted: {e.Message}");
            await Task.Delay(TimeSpan.FromMilliseconds(100)).ConfigureAwait(false);
            return null;
        }
    }

    private async Task ServeAsync(Socket socket, ConnectorApi api, ConnectorLog log)
    {
        try
        {
            using (socket) await new ConnectorConnection(socket, api, _options, _stop.Token).ServeAsync();
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            // Idle for too long, gone, or stopped: that is how connections end.
        }
#pragma warning disable CA1031 // A bug in here must not end the program that signs.
        catch (Exception e)
#pragma warning restore CA1031
        {
            log.Warning($"a request failed: {e}");
        }
        finally
        {
            _free.Release();
        }
    }
}
