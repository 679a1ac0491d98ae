using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Kms.Testing.YubiHsm;

/// <summary>The HTTP service in front of a device, as yubihsm-connector 3.0 (api.go) answers: it keeps no sessions and checks only sizes. Loopback only.</summary>
public sealed class YubiHsmConnector : IAsyncDisposable
{
    private const int SmallestFrame = 3;
    private const int LargestFrame = 3139;

    private readonly YubiHsmDevice _device;
    private readonly SemaphoreSlim _oneAtATime = new(1);
    private TcpListener? _listener;
    private CancellationTokenSource _stop = new();
    private Task _serving = Task.CompletedTask;

    private YubiHsmConnector(YubiHsmDevice device) => _device = device;

    /// <summary>Starts one on a free port.</summary>
    public static YubiHsmConnector Start(YubiHsmDevice device)
    {
        var connector = new YubiHsmConnector(device);
        connector.Start();
        return connector;
    }

    /// <summary>The port it listens on; the same after each start.</summary>
    public int Port { get; private set; }

    /// <summary>Such as http://127.0.0.1:12345.</summary>
    public Uri Address => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}"));

    /// <summary>Starts it again after <see cref="StopAsync"/>, on the port it had.</summary>
    public void Start()
    {
        _stop = new CancellationTokenSource();
        _listener = new TcpListener(IPAddress.Loopback, Port);
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _serving = ServeAsync(_listener, _stop.Token);
    }

    /// <summary>Stops listening and cuts every connection, in the middle of a request too. The device goes on living.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        _listener?.Dispose();
        await _serving;
        _stop.Dispose();
        _listener = null;
    }

    /// <summary>Stops it for good.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_listener is not null) await StopAsync();
        _oneAtATime.Dispose();
    }

    private async Task ServeAsync(TcpListener listener, CancellationToken cancel)
    {
        var connections = new ConcurrentDictionary<Task, bool>();
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync(cancel);
                var connection = ServeAsync(client, cancel);
                connections[connection] = true;
                // One that failed of a mistake in here stays, so that stopping throws it.
                _ = connection.ContinueWith(done => connections.TryRemove(done, out _), cancel, TaskContinuationOptions.OnlyOnRanToCompletion,
                    TaskScheduler.Default);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(connections.Keys);
        }
    }

    private async Task ServeAsync(TcpClient client, CancellationToken cancel)
    {
        using var _ = client;
        try
        {
            client.NoDelay = true;
            var stream = client.GetStream();
            var reader = new HttpReader(stream);
            while (await reader.HeadAsync(cancel) is { } request)
            {
                var (response, close) = await AnswerAsync(request, reader, stream, cancel);
                var requestId = request.Headers.GetValueOrDefault("X-Request-ID") ?? Guid.NewGuid().ToString();
                await stream.WriteAsync(response.Write(requestId, close), cancel);
                if (!close) continue;
                client.Client.Shutdown(SocketShutdown.Send);
                await reader.DrainAsync(cancel);
                return;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException)
        {
            // The client has gone, or the connector is being stopped.
        }
    }

    // A body that was not read stands in the way of the next request: such a connection is closed.
    private async Task<(HttpResponse Response, bool Close)> AnswerAsync(HttpRequest request, HttpReader reader, Stream stream, CancellationToken cancel)
    {
        var hasBody = request.ContentLength is > 0 || request.Headers.ContainsKey("Transfer-Encoding");
        if (request.Path == "/connector/status")
            return (request.Method == "GET" ? Status() : HttpResponse.Plain(405, "Method Not Allowed", "GET"), hasBody || request.WantsClose);
        if (request.Path != "/connector/api") return (HttpResponse.Plain(404, "Not Found"), hasBody || request.WantsClose);
        if (request.Method != "POST") return (HttpResponse.Plain(405, "Method Not Allowed", "POST"), hasBody || request.WantsClose);
        if (request.ContentLength is not (>= SmallestFrame and <= LargestFrame)) return (HttpResponse.Plain(400, "Bad Request"), true);

        if (request.WantsContinue) await stream.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray(), cancel);
        var frame = await reader.BodyAsync((int)request.ContentLength.Value, cancel) ?? throw new IOException("the body ended early");
        return (await ExchangeAsync(frame, cancel), request.WantsClose);
    }

    private async Task<HttpResponse> ExchangeAsync(byte[] frame, CancellationToken cancel)
    {
        await _oneAtATime.WaitAsync(cancel);
        try
        {
            return new HttpResponse(200, "OK", "application/octet-stream", await _device.ExchangeAsync(frame, cancel));
        }
        catch (IOException)
        {
            return HttpResponse.Plain(500, "Internal Server Error");
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    private HttpResponse Status()
    {
        var text = string.Create(CultureInfo.InvariantCulture,
            $"status={(_device.IsPresent ? "OK" : "NO_DEVICE")}\nserial=*\nversion=3.0.7\npid={Environment.ProcessId}\naddress=localhost\nport={Port}\n");
        return new HttpResponse(200, "OK", "text/plain", Encoding.ASCII.GetBytes(text));
    }
}
