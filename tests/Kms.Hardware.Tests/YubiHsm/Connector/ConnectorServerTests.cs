using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using Kms.Hardware.YubiHsm;
using Kms.Hardware.YubiHsm.Connector;
using Kms.Testing.YubiHsm;

namespace Kms.Hardware.Tests.YubiHsm.Connector;

/// <summary>The connector's HTTP as clients mean it, byte for byte: what yubihsm-connector answers, this answers.</summary>
public sealed class ConnectorServerTests : IAsyncDisposable
{
    private const string Get = "GET /connector/status HTTP/1.1\r\nHost: x\r\n\r\n";

    private static readonly byte[] Echo = [1, 0, 1, 7];

    private readonly YubiHsmDevice _device = new();
    private readonly SimulatedWay _way;
    private readonly SharedTransport _shared;
    private readonly ServedConnector _connector;

    public ConnectorServerTests()
    {
        _way = new SimulatedWay(_device);
        _shared = new SharedTransport(_way);
        _connector = new ServedConnector(_shared.Guest);
    }

    public async ValueTask DisposeAsync()
    {
        await _connector.DisposeAsync();
        _shared.Dispose();
    }

    [Fact]
    public async Task The_status_is_lines_of_key_and_value()
    {
        using var client = await _connector.ConnectAsync();
        var rest = $"serial=*\nversion=3.0.7\npid={Environment.ProcessId}\naddress=127.0.0.1\nport={_connector.Address.Port}\n";
        Assert.Equal($"status=OK\n{rest}", await TextAsync(client));
        _device.Faults.Unplug();
        Assert.Equal($"status=NO_DEVICE\n{rest}", await TextAsync(client));

        await using var numbered = new ServedConnector(_shared.Guest, options => options with { SerialNumber = "0012345678" });
        using var other = await numbered.ConnectAsync();
        Assert.Contains("\nserial=0012345678\n", await TextAsync(other), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_frame_is_answered_with_a_frame_on_one_connection()
    {
        using var client = await _connector.ConnectAsync();
        for (var i = 0; i < 3; i++)
        {
            await client.PostAsync(Echo);
            var (head, body) = await client.AnswerAsync();
            Assert.Equal([0x81, 0, 1, 7], body);
            Assert.Equal("application/octet-stream", RawClient.Header(head, "Content-Type"));
            Assert.NotNull(RawClient.Header(head, "X-Request-ID"));
        }

        // The largest body that libyubihsm ever sends.
        await client.PostAsync([1, 0x0c, 0x3d, .. new byte[3133]]);
        Assert.Equal(3136, (await client.AnswerAsync()).Body.Length);
    }

    [Theory]
    [InlineData("HEAD /connector/status HTTP/1.1", "", 405, "GET", false)]
    [InlineData("POST /connector/status HTTP/1.1", "Content-Length: 0", 405, "GET", false)]
    [InlineData("POST /connector/status HTTP/1.1", "Content-Length: 4", 405, "GET", true)]
    [InlineData("GET /connector/api HTTP/1.1", "", 405, "POST", false)]
    [InlineData("PUT /connector/api HTTP/1.1", "Content-Length: 4", 405, "POST", true)]
    [InlineData("GET / HTTP/1.1", "", 404, null, false)]
    [InlineData("GET /connector/status/ HTTP/1.1", "", 404, null, false)]
    [InlineData("GET /connector/status?x=1 HTTP/1.1", "", 200, null, false)]
    [InlineData("GET /connector/status HTTP/1.1", "Connection: close", 200, null, true)]
    [InlineData("GET /connector/status HTTP/1.0", "", 200, null, true)]
    [InlineData("GET /connector/status HTTP/1.1", "Origin: http://evil.example", 403, null, false)]
    [InlineData("POST /connector/api HTTP/1.1", "Content-Length: 4\r\nOrigin: null", 403, null, true)]
    [InlineData("POST /connector/api HTTP/1.1", "", 400, null, false)]
    [InlineData("POST /connector/api HTTP/1.1", "Content-Length: 0", 400, null, false)]
    [InlineData("POST /connector/api HTTP/1.1", "Content-Length: 2", 400, null, true)]
    [InlineData("POST /connector/api HTTP/1.1", "Content-Length: 3140", 400, null, true)]
    [InlineData("POST /connector/api HTTP/1.1", "Content-Length: 99999999999999999999", 400, null, true)]
    [InlineData("POST /connector/api HTTP/1.1", "Content-Length: 9223372036854775807", 400, null, true)]
    [InlineData("POST /connector/api HTTP/1.1", "Content-Length: +4", 400, null, true)]
    [InlineData("POST /connector/api HTTP/1.1", "Content-Length: 4, 4", 400, null, true)]
    [InlineData("POST /connector/api HTTP/1.1", "Content-Length: 4\r\nContent-Length: 5", 400, null, true)]
    [InlineData("POST /connector/api HTTP/1.1", "Transfer-Encoding: chunked", 400, null, true)]
    [InlineData("POST /connector/api HTTP/1.1", "Content-Length: 4\r\nTransfer-Encoding: chunked", 400, null, true)]
    [InlineData("POST /connector/api HTTP/1.1", "Content-Length : 4", 400, null, true)]
    [InlineData("POST /connector/api HTTP/1.1", "X: 1\r\n Content-Length: 4", 400, null, true)]
    [InlineData("GET /connector/status HTTP/2.0", "", 400, null, true)]
    [InlineData("GET  /connector/status HTTP/1.1", "", 400, null, true)]
    [InlineData("GET http://x/connector/status HTTP/1.1", "", 400, null, true)]
    [InlineData("GET /connector/status HTTP/1.1", "A: \u0001", 400, null, true)]
    [InlineData("GET /connector/status HTTP/1.1", "A: 1\nB: 2", 400, null, true)]
    public async Task Whatever_else_is_asked_is_refused_and_the_connection_ends_where_the_next_request_is_not_sure(
        string line, string headers, int status, string? allow, bool ends)
    {
        using var client = await _connector.ConnectAsync();
        await client.SendAsync($"{line}\r\nHost: x\r\n{headers}{(headers.Length > 0 ? "\r\n" : "")}\r\n");
        var (head, body) = await client.AnswerAsync(!line.StartsWith("HEAD", StringComparison.Ordinal));
        Assert.StartsWith($"HTTP/1.1 {status} ", head, StringComparison.Ordinal);
        Assert.Equal(allow, RawClient.Header(head, "Allow"));
        Assert.Equal(ends ? "close" : null, RawClient.Header(head, "Connection"));
        if (status == 400) Assert.Equal("Bad Request\n", Encoding.ASCII.GetString(body));
        if (ends)
        {
            Assert.True(await client.EndedAsync());
            return;
        }

        await client.SendAsync(Get);
        Assert.Equal(200, await client.StatusAsync());
    }

    [Fact]
    public async Task A_request_without_a_host_is_none()
    {
        using var client = await _connector.ConnectAsync();
        await client.SendAsync("GET /connector/status HTTP/1.1\r\n\r\n");
        Assert.Equal(400, await client.StatusAsync());
    }

    [Theory]
    [InlineData(new byte[] { 1, 0, 2, 7 })]
    [InlineData(new byte[] { 1, 0, 0, 7 })]
    [InlineData(new byte[] { 5, 255, 255 })]
    public async Task What_is_not_one_whole_frame_does_not_reach_the_device(byte[] body)
    {
        using var client = await _connector.ConnectAsync();
        await client.PostAsync(body);
        Assert.Equal(400, await client.StatusAsync());
        Assert.Empty(_way.Frames);
        await client.PostAsync(Echo);
        Assert.Equal(200, await client.StatusAsync());
    }

    [Fact]
    public async Task Requests_in_one_piece_are_answered_in_order_with_their_ids()
    {
        using var client = await _connector.ConnectAsync();
        byte[] all =
        [
            .. Ascii("POST /connector/api HTTP/1.1\r\nHost: x\r\nX-Request-ID: one\r\nContent-Length: 4\r\n\r\n"), .. Echo,
            .. Ascii("GET /connector/status HTTP/1.1\r\nHost: x\r\nX-Request-ID: two\r\n\r\n"),
            .. Ascii("POST /connector/api HTTP/1.1\r\nhost: x\r\nx-request-id: three\r\ncontent-length: 4\r\n\r\n"), .. Echo,
        ];
        await client.SendAsync(all);
        client.EndSending();
        foreach (var id in new[] { "one", "two", "three" }) Assert.Equal(id, RawClient.Header((await client.AnswerAsync()).Head, "X-Request-ID"));
        Assert.True(await client.EndedAsync());
    }

    [Fact]
    public async Task Bytes_may_come_one_by_one_and_a_client_may_wait_to_be_asked()
    {
        using var client = await _connector.ConnectAsync();
        foreach (var b in Ascii("POST /connector/api HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")) await client.SendAsync([b]);
        Assert.Equal("HTTP/1.1 100 Continue", (await client.AnswerAsync(hasBody: false)).Head);
        foreach (var b in Echo) await client.SendAsync([b]);
        Assert.Equal([0x81, 0, 1, 7], (await client.AnswerAsync()).Body);
    }

    [Fact]
    public async Task A_device_that_fails_is_500_and_one_that_is_busy_503()
    {
        using var client = await _connector.ConnectAsync();
        _device.Faults.Unplug();
        await client.PostAsync(Echo);
        Assert.Equal(500, await client.StatusAsync());
        _device.Faults.Plug();
        await client.PostAsync(Echo);
        Assert.Equal(200, await client.StatusAsync());

        using var shared = new SharedTransport(_way, new GuestLimits { MaxWaiting = 0 });
        await using var connector = new ServedConnector(shared.Guest);
        using var other = await connector.ConnectAsync();
        _way.Hold();
        var signature = shared.ExchangeAsync(Echo, CancellationToken.None).AsTask();
        await other.PostAsync(Echo);
        Assert.Equal(503, await other.StatusAsync());
        // Busy, but there.
        Assert.StartsWith("status=OK\n", await TextAsync(other), StringComparison.Ordinal);
        _way.LetThrough();
        Assert.Null((await signature).Error);
    }

    [Fact]
    public async Task It_stops_after_the_frame_that_the_device_is_at_work_on()
    {
        using var shared = new SharedTransport(_way);
        var connector = new ServedConnector(shared.Guest);
        using var idle = await connector.ConnectAsync();
        using var busy = await connector.ConnectAsync();
        _way.Hold();
        await busy.PostAsync(Echo);
        await _way.ArrivedAsync();
        var stopping = connector.DisposeAsync().AsTask();
        Assert.True(await idle.EndedAsync());
        Assert.False(stopping.IsCompleted);
        _way.LetThrough();
        await stopping;
        Assert.False(_way.WasCancelled);
        Assert.True(ConnectorServer.TryListen(new ConnectorOptions(connector.Address), out var again, out var error), error);
        await again.DisposeAsync();
    }

    [Fact]
    public void Where_it_cannot_listen_it_says_why()
    {
        Assert.False(ConnectorServer.TryListen(new ConnectorOptions(_connector.Address), out _, out var error));
        Assert.Equal($"cannot listen on {_connector.Address}: another program does, perhaps yubihsm-connector; stop it, or choose another port", error);
        Assert.False(ConnectorServer.TryListen(new ConnectorOptions(new IPEndPoint(IPAddress.Parse("192.0.2.1"), 1)), out _, out error));
        Assert.Equal("cannot listen on 192.0.2.1:1: this machine has no such address", error);
    }

    private static async Task<string> TextAsync(RawClient client)
    {
        await client.SendAsync(Get);
        return Encoding.ASCII.GetString((await client.AnswerAsync()).Body);
    }

    private static byte[] Ascii(string text) => Encoding.ASCII.GetBytes(text);
}

/// <summary>A connector server on a free port.</summary>
internal sealed class ServedConnector : IAsyncDisposable
{
    private readonly ConnectorServer _server;

    public ServedConnector(IYubiHsmTransport device, Func<ConnectorOptions, ConnectorOptions>? with = null, TimeProvider? clock = null)
    {
        var options = new ConnectorOptions(new IPEndPoint(IPAddress.Loopback, 0)) { TransferTimeout = TimeSpan.FromHours(1), IdleTimeout = TimeSpan.FromHours(1) };
        Assert.True(ConnectorServer.TryListen(with?.Invoke(options) ?? options, out var server, out var error), error);
        _server = server;
        _server.Serve(device, new ConnectorLog(Infos.Enqueue, Warnings.Enqueue), clock);
    }

    public ConcurrentQueue<string> Infos { get; } = new();

    public ConcurrentQueue<string> Warnings { get; } = new();

    public IPEndPoint Address => _server.Address;

    public string Url => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Address.Port}");

    public Task<RawClient> ConnectAsync() => RawClient.ConnectAsync(Address);

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
