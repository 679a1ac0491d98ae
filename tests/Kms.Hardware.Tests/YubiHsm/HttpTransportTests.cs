using System.Net;
using System.Net.Sockets;
using System.Text;
using Kms.Hardware.YubiHsm;

namespace Kms.Hardware.Tests.YubiHsm;

public sealed class HttpTransportTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);

    [Theory]
    [InlineData("http://127.0.0.1")]
    [InlineData("http://127.0.0.1:12345/")]
    [InlineData("tcp://localhost:12345")]
    public void Addresses_of_connectors_are_read(string address) => Assert.True(HttpTransport.TryCreate(address, Long, out _, out _));

    [Theory]
    [InlineData("")]
    [InlineData("127.0.0.1:12345")]
    [InlineData("https://127.0.0.1:12345")]
    [InlineData("unix:///run/yubihsm")]
    [InlineData("http://127.0.0.1:12345/api")]
    [InlineData("http://user:secret@127.0.0.1")]
    [InlineData("tcp://127.0.0.1:123456")]
    public void Other_addresses_are_refused(string address)
    {
        Assert.False(HttpTransport.TryCreate(address, Long, out _, out var error));
        Assert.Contains("http://127.0.0.1:12345", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_frame_is_one_request_with_its_length()
    {
        await using var server = new OneShotServer("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n", [0x81, 0, 1, 7]);
        using var transport = Open($"tcp://{server.Authority}", Long);
        var reply = await transport.ExchangeAsync(new byte[] { 1, 0, 1, 7 }, CancellationToken.None);
        Assert.Null(reply.Error);
        Assert.Equal([0x81, 0, 1, 7], reply.Frame!.Value.ToArray());

        var request = await server.Request;
        Assert.StartsWith("POST /connector/api HTTP/1.1\r\n", request, StringComparison.Ordinal);
        Assert.Contains("\r\nContent-Length: 4\r\n", request, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("\r\nContent-Type: application/octet-stream\r\n", request, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Transfer-Encoding", request, StringComparison.OrdinalIgnoreCase);
        Assert.EndsWith("\r\n\r\n\u0001\0\u0001\u0007", request, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", 0, "it refused the frame (400)")]
    [InlineData("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", 0, "it does not allow this host name (403)")]
    [InlineData("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n", 0, "it has no device")]
    [InlineData("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 0, "HTTP status 404")]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", 0, "HTTP status 302")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 3137\r\n\r\n", 3137, "larger than any frame")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", 4, "the connection ended before the answer")]
    [InlineData("HTTP/1.1 200 OK\r\n", 0, "the connection ended before the answer")]
    [InlineData("SSH-2.0-OpenSSH\r\n\r\n", 0, "does not speak HTTP")]
    [InlineData("", 0, "the connection ended before the answer")]
    public async Task What_is_no_answer_is_explained(string head, int bodySize, string sentence)
    {
        await using var server = new OneShotServer(head, new byte[bodySize]);
        using var transport = Open($"http://{server.Authority}", Long);
        var reply = await transport.ExchangeAsync(new byte[] { 1, 0, 0 }, CancellationToken.None);
        Assert.Null(reply.Frame);
        Assert.Contains(server.Authority, reply.Error, StringComparison.Ordinal);
        Assert.Contains(sentence, reply.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_largest_frame_is_read_whole()
    {
        await using var server = new OneShotServer("HTTP/1.1 200 OK\r\nContent-Length: 3136\r\n\r\n", new byte[3136]);
        using var transport = Open($"http://{server.Authority}", Long);
        Assert.Equal(3136, (await transport.ExchangeAsync(new byte[2048], CancellationToken.None)).Frame!.Value.Length);
    }

    [Fact]
    public async Task Nothing_listens()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var transport = Open($"http://{socket.LocalEndPoint}", Long);
        var reply = await transport.ExchangeAsync(new byte[] { 1, 0, 0 }, CancellationToken.None);
        Assert.Contains("nothing listens there", reply.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connector_that_does_not_answer_is_not_waited_for()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var transport = Open($"http://{silent.LocalEndpoint}", TimeSpan.FromMilliseconds(50));
        var reply = await transport.ExchangeAsync(new byte[] { 1, 0, 0 }, CancellationToken.None);
        Assert.Contains("no answer within 50 ms", reply.Error, StringComparison.Ordinal);

        using var deadline = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        using var patient = Open($"http://{silent.LocalEndpoint}", Long);
        reply = await patient.ExchangeAsync(new byte[] { 1, 0, 0 }, deadline.Token);
        Assert.Contains("the deadline passed", reply.Error, StringComparison.Ordinal);
    }

    private static HttpTransport Open(string address, TimeSpan timeout)
    {
        Assert.True(HttpTransport.TryCreate(address, timeout, out var transport, out var error), error);
        return transport!;
    }

    /// <summary>Reads one request, says what it is told to say and hangs up.</summary>
    private sealed class OneShotServer : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

        public OneShotServer(string head, byte[] body)
        {
            _listener.Start();
            Request = ServeAsync([.. Encoding.ASCII.GetBytes(head), .. body]);
        }

        public string Authority => _listener.LocalEndpoint.ToString()!;

        public Task<string> Request { get; }

        public async ValueTask DisposeAsync()
        {
            _listener.Dispose();
            await Request.ContinueWith(_ => { }, TaskScheduler.Default);
        }

        private async Task<string> ServeAsync(byte[] answer)
        {
            using var client = await _listener.AcceptTcpClientAsync();
            var stream = client.GetStream();
            var request = "";
            var buffer = new byte[4096];
            while (!IsWhole(request))
            {
                var read = await stream.ReadAsync(buffer);
                if (read == 0) break;
                request += Encoding.Latin1.GetString(buffer, 0, read);
            }

            await stream.WriteAsync(answer);
            return request;
        }

        private static bool IsWhole(string request)
        {
            var end = request.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            var length = request.Split("\r\n").Select(line => line.Split(": ")).Where(p => p[0].Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
                .Select(p => int.Parse(p[1], System.Globalization.CultureInfo.InvariantCulture)).FirstOrDefault();
            return end >= 0 && request.Length >= end + 4 + length;
        }
    }
}
