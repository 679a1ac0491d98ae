using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Kms.Testing.YubiHsm;

namespace Kms.Hardware.Tests.YubiHsm.Simulator;

/// <summary>The connector's HTTP, as yubihsm-connector answers.</summary>
public sealed class ConnectorTests : IAsyncDisposable
{
    private static readonly byte[] Echo = [0x01, 0, 1, 7];

    private readonly YubiHsmDevice _device = new();
    private readonly YubiHsmConnector _connector;
    private readonly HttpClient _http = new();

    public ConnectorTests()
    {
        _connector = YubiHsmConnector.Start(_device);
        _http.BaseAddress = _connector.Address;
    }

    [Fact]
    public async Task The_status_is_lines_of_key_and_value()
    {
        var lines = (await _http.GetStringAsync(new Uri("/connector/status", UriKind.Relative))).Split('\n');
        Assert.Equal(["status=OK", "serial=*", "version=3.0.7", $"pid={Environment.ProcessId}", "address=localhost", $"port={_connector.Port}", ""], lines);
        _device.Faults.Unplug();
        Assert.StartsWith("status=NO_DEVICE\n", await _http.GetStringAsync(new Uri("/connector/status", UriKind.Relative)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_frame_is_answered_with_a_frame()
    {
        for (var i = 0; i < 3; i++)
        {
            using var response = await PostAsync(Echo);
            Assert.Equal("application/octet-stream", response.Content.Headers.ContentType!.MediaType);
            Assert.Equal("81000107", Bytes.Hex(await response.Content.ReadAsByteArrayAsync()));
            Assert.True(response.Headers.Contains("X-Request-ID"));
        }
    }

    [Theory]
    [InlineData(2, HttpStatusCode.BadRequest)]
    [InlineData(3, HttpStatusCode.OK)]
    [InlineData(3139, HttpStatusCode.OK)]
    [InlineData(3140, HttpStatusCode.BadRequest)]
    public async Task The_size_of_a_frame_is_all_that_is_checked(int size, HttpStatusCode status)
    {
        using var response = await PostAsync(new byte[size]);
        Assert.Equal(status, response.StatusCode);
    }

    [Fact]
    public async Task A_chunked_body_is_refused()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/connector/api") { Content = new ByteArrayContent(Echo) };
        request.Headers.TransferEncodingChunked = true;
        using var response = await _http.SendAsync(request);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("Bad Request\n", await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("PUT", "/connector/api", HttpStatusCode.MethodNotAllowed, "POST")]
    [InlineData("DELETE", "/connector/status", HttpStatusCode.MethodNotAllowed, "GET")]
    [InlineData("GET", "/", HttpStatusCode.NotFound, null)]
    public async Task Other_methods_and_paths_are_refused(string method, string path, HttpStatusCode status, string? allow)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var response = await _http.SendAsync(request);
        Assert.Equal(status, response.StatusCode);
        Assert.Equal(allow is null ? [] : new[] { allow }, response.Content.Headers.Allow);
    }

    [Fact]
    public async Task A_device_that_is_gone_is_an_error_of_the_server()
    {
        _device.Faults.Unplug();
        using (var gone = await PostAsync(Echo)) Assert.Equal(HttpStatusCode.InternalServerError, gone.StatusCode);
        _device.Faults.Plug();
        using var back = await PostAsync(Echo);
        Assert.Equal(HttpStatusCode.OK, back.StatusCode);
    }

    [Fact]
    public async Task A_restarted_connector_has_its_port_and_the_sessions_of_the_device()
    {
        using (await PostAsync(Echo)) { }
        var session = HostSession.Open(_device);
        var port = _connector.Port;
        await _connector.StopAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => PostAsync(Echo));
        _connector.Start();

        Assert.Equal(port, _connector.Port);
        using var response = await PostAsync(session.Seal(Echo));
        Assert.Equal(0x85, (await response.Content.ReadAsByteArrayAsync())[0]);
    }

    [Fact]
    public async Task Bytes_may_come_one_by_one_and_a_client_may_wait_to_be_asked()
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, _connector.Port);
        socket.NoDelay = true;
        var stream = socket.GetStream();
        var head = "POST /connector/api HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nX-Request-ID: mine\r\nContent-Length: 4\r\nConnection: close\r\n\r\n";
        foreach (var b in Encoding.ASCII.GetBytes(head)) await stream.WriteAsync(new[] { b });
        var asked = new byte[25];
        await stream.ReadExactlyAsync(asked);
        Assert.Equal("HTTP/1.1 100 Continue\r\n\r\n", Encoding.ASCII.GetString(asked));
        foreach (var b in Echo) await stream.WriteAsync(new[] { b });

        using var rest = new MemoryStream();
        await stream.CopyToAsync(rest);
        var text = Encoding.Latin1.GetString(rest.ToArray());
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", text, StringComparison.Ordinal);
        Assert.Contains("X-Request-ID: mine\r\n", text, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n\u0081\0\u0001\u0007", text, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _connector.DisposeAsync();
    }

    private async Task<HttpResponseMessage> PostAsync(byte[] frame)
    {
        using var content = new ByteArrayContent(frame);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        return await _http.PostAsync(new Uri("/connector/api", UriKind.Relative), content);
    }
}
