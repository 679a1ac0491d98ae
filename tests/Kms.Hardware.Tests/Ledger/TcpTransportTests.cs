using System.Net;
using System.Net.Sockets;
using Kms.Hardware.Ledger;
using Kms.Hardware.Ledger.Commands;

namespace Kms.Hardware.Tests.Ledger;

public sealed class TcpTransportTests : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);
    private static readonly Apdu GetVersion = new GetVersionCommand().Apdu;
    private static readonly CancellationToken NoDeadline = CancellationToken.None;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public TcpTransportTests() => _listener.Start();

    public void Dispose() => _listener.Dispose();

    [Theory]
    [InlineData("tcp://127.0.0.1:9999")]
    [InlineData("tcp://localhost:9999/")]
    [InlineData("tcp://[::1]:9999")]
    public void Addresses_are_read(string address) => Assert.True(TcpTransport.TryCreate(address, Long, out _, out _));

    [Theory]
    [InlineData("")]
    [InlineData("127.0.0.1:9999")]
    [InlineData("tcp://127.0.0.1")]
    [InlineData("tcp://127.0.0.1:99999")]
    [InlineData("http://127.0.0.1:9999")]
    [InlineData("tcp://user@127.0.0.1:9999")]
    [InlineData("tcp://127.0.0.1:9999/app")]
    [InlineData("tcp://127.0.0.1:9999#app")]
    public void Other_addresses_are_refused(string address)
    {
        Assert.False(TcpTransport.TryCreate(address, Long, out _, out var error));
        Assert.Contains("tcp://127.0.0.1:9999", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Commands_and_answers_have_their_length_in_front()
    {
        using var transport = Open();
        var version = transport.ExchangeAsync(GetVersion, NoDeadline).AsTask();
        using var server = await _listener.AcceptTcpClientAsync();
        Assert.Equal("000000055600000000", await ReadAsync(server, 9));
        // In pieces: the data are counted, the status is not.
        foreach (var piece in new[] { "00", "000004", "0000", "090190", "00" }) await server.GetStream().WriteAsync(Convert.FromHexString(piece));
        var response = (await version).Response!;
        Assert.Equal(("00000901", StatusWord.Ok), (Convert.ToHexStringLower(response.Data.Span), response.Status));

        var second = transport.ExchangeAsync(GetVersion, NoDeadline).AsTask();
        Assert.Equal("000000055600000000", await ReadAsync(server, 9));
        await server.GetStream().WriteAsync(Convert.FromHexString("000000006e00"));
        Assert.Equal(StatusWord.UnknownClass, (await second).Response!.Status);
    }

    [Fact]
    public async Task A_late_answer_of_an_earlier_connection_is_thrown_away()
    {
        using var transport = Open();
        var first = transport.ExchangeAsync(GetVersion, NoDeadline).AsTask();
        using var server = await _listener.AcceptTcpClientAsync();
        await ReadAsync(server, 9);
        // Two answers at once: the second one is there before the next command.
        await server.GetStream().WriteAsync(Convert.FromHexString("00000004000009019000" + "000000006986"));
        Assert.Equal(StatusWord.Ok, (await first).Response!.Status);

        var second = transport.ExchangeAsync(GetVersion, NoDeadline).AsTask();
        await ReadAsync(server, 9);
        await server.GetStream().WriteAsync(Convert.FromHexString("000000006e00"));
        Assert.Equal(StatusWord.UnknownClass, (await second).Response!.Status);
    }

    [Theory]
    [InlineData("00000103", "what is no answer of a Ledger")]
    [InlineData("ffffffff", "what is no answer of a Ledger")]
    [InlineData("0000", "the connection ended before the answer")]
    [InlineData("0000000400000901", "the connection ended before the answer")]
    [InlineData("0000000400000901" + "90", "the connection ended before the answer")]
    public async Task What_is_no_answer_ends_the_connection_and_the_next_command_connects_anew(string bytes, string sentence)
    {
        using var transport = Open();
        var failed = transport.ExchangeAsync(GetVersion, NoDeadline).AsTask();
        using (var server = await _listener.AcceptTcpClientAsync())
        {
            await ReadAsync(server, 9);
            await server.GetStream().WriteAsync(Convert.FromHexString(bytes));
        }

        var error = (await failed).Error;
        Assert.Contains(sentence, error, StringComparison.Ordinal);
        Assert.Contains(_listener.LocalEndpoint.ToString()!, error, StringComparison.Ordinal);

        var next = transport.ExchangeAsync(GetVersion, NoDeadline).AsTask();
        using var again = await _listener.AcceptTcpClientAsync();
        await ReadAsync(again, 9);
        await again.GetStream().WriteAsync(Convert.FromHexString("00000004000009019000"));
        Assert.NotNull((await next).Response);
    }

    [Fact]
    public async Task A_deadline_ends_the_connection()
    {
        using var transport = Open();
        using var deadline = new CancellationTokenSource();
        var late = transport.ExchangeAsync(GetVersion, deadline.Token).AsTask();
        using var server = await _listener.AcceptTcpClientAsync();
        await ReadAsync(server, 9);
        var waiting = transport.ExchangeAsync(GetVersion, new CancellationToken(canceled: true));
        Assert.Contains("asked something else", (await waiting).Error, StringComparison.Ordinal);
        await deadline.CancelAsync();
        Assert.Contains("the deadline passed", (await late).Error, StringComparison.Ordinal);
        Assert.Equal("", await ReadAsync(server, 1));
    }

    [Fact]
    public async Task Nothing_listens()
    {
        using var transport = Open();
        _listener.Stop();
        Assert.Contains("nothing answers there", (await transport.ExchangeAsync(GetVersion, NoDeadline)).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Closed_while_it_waits()
    {
        var transport = Open();
        using var deadline = new CancellationTokenSource();
        var waiting = transport.ExchangeAsync(GetVersion, deadline.Token).AsTask();
        using var server = await _listener.AcceptTcpClientAsync();
        transport.Dispose();
        Assert.False(waiting.IsCompleted);
        await deadline.CancelAsync();
        Assert.NotNull((await waiting).Error);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await transport.ExchangeAsync(GetVersion, NoDeadline));
    }

    private TcpTransport Open()
    {
        Assert.True(TcpTransport.TryCreate($"tcp://{_listener.LocalEndpoint}", Long, out var transport, out _));
        return transport;
    }

    private static async Task<string> ReadAsync(TcpClient client, int size)
    {
        var buffer = new byte[size];
        var read = await client.GetStream().ReadAtLeastAsync(buffer, size, throwOnEndOfStream: false);
        return Convert.ToHexStringLower(buffer.AsSpan(0, read));
    }
}
