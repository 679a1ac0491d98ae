using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Kms.Host.Control;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kms.Host.Tests.Control;

#pragma warning disable CA1001 // xunit disposes it through IAsyncLifetime.
public sealed class ControlTests : IAsyncLifetime
#pragma warning restore CA1001
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _home = Directory.CreateTempSubdirectory("kms-ctl").FullName;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _release = new();
    private readonly List<string> _log = [];
    private int _running;
    private ControlServer? _server;

    private string Socket => Path.Combine(_home, "kms.db.sock");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        _release.TrySetResult();
        await _stop.CancelAsync();
        _server?.Dispose();
        _stop.Dispose();
        Directory.Delete(_home, recursive: true);
    }

    [Fact]
    public async Task A_verb_gets_its_arguments_and_its_reply_comes_back()
    {
        await StartAsync();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Socket));
        var reply = await AskAsync("echo", new { Text = "two\nlines \u0001 \"quoted\"" });
        Assert.True(reply.Ok);
        Assert.Equal("two\nlines \u0001 \"quoted\"", reply.Message);
        Assert.Equal("two\nlines \u0001 \"quoted\"", reply.Data!.Value.GetProperty("text").GetString());
    }

    [Theory]
    [InlineData("{\"verb\":\"ECHO\",\"arguments\":{}}\n", "unknown verb; this version knows big, bug, echo, hold, wants")]
    [InlineData("{\"verb\":\"wants\",\"arguments\":{\"chain\":\"a\"}}\n", "the request cannot be read")]
    [InlineData("{\"verb\":\"wants\",\"arguments\":null}\n", "the request cannot be read")]
    [InlineData("{\"verb\":\"echo\"}\n", "the request cannot be read")]
    [InlineData("{\"verb\":\"big\",\"arguments\":{}}\n", "the answer is longer than 1048576 bytes")]
    [InlineData("null\n", "a request is a JSON object")]
    [InlineData("{\"arguments\":{}}\n", "the request cannot be read")]
    [InlineData("{\n", "the request cannot be read")]
    [InlineData("\n", "the request cannot be read")]
    [InlineData("{\"verb\":\"echo\"", "a request is one line of at most 65536 bytes")]
    public async Task What_is_no_request_is_answered_with_the_reason(string request, string expected)
    {
        await StartAsync();
        var reply = JsonSerializer.Deserialize<ControlReply>(await SendAsync(Encoding.UTF8.GetBytes(request)), ControlWire.Json)!;
        Assert.False(reply.Ok);
        Assert.Contains(expected, reply.Message, StringComparison.Ordinal);
        Assert.True((await AskAsync("echo", new { Text = "still there" })).Ok);
    }

    [Fact]
    public async Task A_request_without_end_is_cut_off()
    {
        await StartAsync();
        using var client = await ConnectAsync();
        var sent = 0;
        try
        {
            while (sent < 100 * ControlWire.MaxRequestBytes) sent += await client.SendAsync(new byte[ControlWire.MaxRequestBytes]);
        }
        catch (SocketException)
        {
            // The server has stopped reading and closed.
        }

        Assert.True(sent < 100 * ControlWire.MaxRequestBytes);
        Assert.True((await AskAsync("echo", new { Text = "still there" })).Ok);
    }

    [Fact]
    public async Task A_bug_in_a_verb_ends_its_connection_and_nothing_else()
    {
        await StartAsync();
        Assert.IsType<ControlAnswer.Failed>(await ControlClient.TryAskAsync(Socket, "bug", null));
        Assert.Contains(_log, line => line.Contains("a control request failed", StringComparison.Ordinal));
        Assert.True((await AskAsync("echo", new { Text = "still there" })).Ok);
    }

    [Fact]
    public async Task The_ninth_connection_waits_for_one_of_the_eight()
    {
        await StartAsync();
        var held = Enumerable.Range(0, ControlServer.MaxConnections).Select(_ => ControlClient.TryAskAsync(Socket, "hold", null)).ToList();
        while (Volatile.Read(ref _running) < ControlServer.MaxConnections) await Task.Delay(10);
        var ninth = ControlClient.TryAskAsync(Socket, "hold", null);
        await Task.Delay(100); // Whatever it does in this time, it does not begin.
        Assert.Equal(ControlServer.MaxConnections, Volatile.Read(ref _running));
        _release.SetResult();
        foreach (var answer in await Task.WhenAll([.. held, ninth])) Assert.IsType<ControlAnswer.Replied>(answer);
        Assert.Equal(ControlServer.MaxConnections + 1, _running);
    }

    [Fact]
    public async Task A_socket_that_nobody_serves_is_nobody_and_is_replaced()
    {
        Assert.IsType<ControlAnswer.NobodyThere>(await ControlClient.TryAskAsync(Socket, "echo", null));
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)) dead.Bind(new UnixDomainSocketEndPoint(Socket));
        if (!File.Exists(Socket)) await File.WriteAllTextAsync(Socket, ""); // .NET removes what it bound; a process that is killed does not.
        Assert.IsType<ControlAnswer.NobodyThere>(await ControlClient.TryAskAsync(Socket, "echo", null));
        await StartAsync();
        Assert.True((await AskAsync("echo", new { Text = "here" })).Ok);
    }

    [Fact]
    public async Task When_the_program_stops_the_socket_is_gone()
    {
        await StartAsync();
        await _stop.CancelAsync();
        await _server!.StopAsync(CancellationToken.None);
        _server.Dispose();
        Assert.False(File.Exists(Socket));
    }

    [Theory]
    [InlineData("a/path/that/is/not/there/kms.db.sock", "no control socket at ")]
    [InlineData(null, "its path is longer than 107 bytes")]
    public async Task Without_a_socket_the_program_runs_and_says_so(string? path, string expected)
    {
        await StartAsync(Path.Combine(_home, path ?? new string('x', 108)));
        Assert.Contains(expected, Assert.Single(_log), StringComparison.Ordinal);
        await _server!.ExecuteTask!.WaitAsync(Patience);
    }

    private async Task StartAsync(string? path = null)
    {
        _server = new ControlServer(path ?? Socket, new Dictionary<string, Func<JsonElement, CancellationToken, Task<ControlReply>>>
        {
            ["echo"] = (arguments, _) => Task.FromResult(new ControlReply(true, arguments.GetProperty("text").GetString()!, arguments)),
            ["wants"] = (arguments, _) => Task.FromResult(new ControlReply(true, arguments.Deserialize<InitArguments>(ControlWire.Json)?.Note ?? throw new JsonException("none"))),
            ["big"] = (_, _) => Task.FromResult(new ControlReply(true, new string('x', ControlWire.MaxReplyBytes))),
            ["bug"] = (_, _) => throw new ArithmeticException("a bug"),
            ["hold"] = async (_, _) =>
            {
                Interlocked.Increment(ref _running);
                await _release.Task;
                return new ControlReply(true, "");
            },
        }, new ListLogger(_log), _stop.Token);
        await _server.StartAsync(CancellationToken.None);
    }

    private async Task<ControlReply> AskAsync(string verb, object? arguments) =>
        Assert.IsType<ControlAnswer.Replied>(await ControlClient.TryAskAsync(Socket, verb, arguments)).Reply;

    private async Task<Socket> ConnectAsync()
    {
        var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint(Socket));
        return client;
    }

    private async Task<byte[]> SendAsync(byte[] request)
    {
        using var client = await ConnectAsync();
        using var stream = new NetworkStream(client);
        await client.SendAsync(request);
        client.Shutdown(SocketShutdown.Send);
        using var reply = new MemoryStream();
        await stream.CopyToAsync(reply);
        return reply.ToArray();
    }

    private sealed class ListLogger(List<string> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => NullLogger.Instance.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (lines) lines.Add(formatter(state, exception));
        }
    }
}
