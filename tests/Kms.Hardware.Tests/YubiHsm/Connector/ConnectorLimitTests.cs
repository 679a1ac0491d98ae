using System.Net.Sockets;
using Kms.Hardware.YubiHsm;

namespace Kms.Hardware.Tests.YubiHsm.Connector;

/// <summary>What clients do that mean no good, or are broken: each ends by itself, and others are served.</summary>
public sealed class ConnectorLimitTests : IDisposable
{
    private const string Get = "GET /connector/status HTTP/1.1\r\nHost: x\r\n\r\n";

    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(20);

    private readonly SharedTransport _shared = new(new SimulatedWay(new YubiHsmDevice()));

    public void Dispose() => _shared.Dispose();

    [Fact]
    public async Task Who_sends_nothing_is_sent_away()
    {
        await using var connector = new ServedConnector(_shared.Guest, options => options with { IdleTimeout = Short });
        using var client = await connector.ConnectAsync();
        Assert.True(await client.EndedAsync());
        Assert.Empty(connector.Warnings);
    }

    [Theory]
    [InlineData("G")]
    [InlineData("GET /connector/status HTTP/1.1\r\nHost: x\r\n")]
    [InlineData("POST /connector/api HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n123")]
    public async Task A_request_that_stops_half_way_is_given_up(string half)
    {
        await using var connector = new ServedConnector(_shared.Guest, options => options with { TransferTimeout = Short });
        using var client = await connector.ConnectAsync();
        await client.SendAsync(half);
        Assert.Equal(408, await client.StatusAsync());
        Assert.True(await client.EndedAsync());
    }

    [Theory]
    [InlineData("G")]
    [InlineData("POST /connector/api HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n123")]
    public async Task A_client_that_leaves_half_way_is_forgotten(string half)
    {
        await using var connector = new ServedConnector(_shared.Guest);
        using var client = await connector.ConnectAsync();
        await client.SendAsync(half);
        client.EndSending();
        Assert.True(await client.EndedAsync());
    }

    [Fact]
    public async Task A_head_without_an_end_is_refused_at_its_limit()
    {
        await using var connector = new ServedConnector(_shared.Guest);
        using var client = await connector.ConnectAsync();
        await client.SendAsync("GET /connector/status HTTP/1.1\r\nA: " + new string('a', 10_000));
        Assert.Equal(431, await client.StatusAsync());
        Assert.True(await client.EndedAsync());

        // One that just fits.
        using var other = await connector.ConnectAsync();
        var head = "GET /connector/status HTTP/1.1\r\nHost: x\r\nA: ";
        await other.SendAsync(head + new string('a', 8192 - head.Length - 4) + "\r\n\r\n");
        Assert.Equal(200, await other.StatusAsync());
    }

    [Fact]
    public async Task More_connections_than_allowed_wait_for_one_to_end()
    {
        await using var connector = new ServedConnector(_shared.Guest, options => options with { MaxConnections = 2 });
        using var first = await connector.ConnectAsync();
        using var second = await connector.ConnectAsync();
        foreach (var client in new[] { first, second })
        {
            await client.SendAsync(Get);
            Assert.Equal(200, await client.StatusAsync());
        }

        using var third = await connector.ConnectAsync();
        await third.SendAsync(Get);
        var answer = third.StatusAsync();
        await first.SendAsync(Get);
        Assert.Equal(200, await first.StatusAsync());
        Assert.False(answer.IsCompleted);
        first.Dispose();
        Assert.Equal(200, await answer);
    }

    [Fact]
    public async Task More_requests_than_allowed_are_told_to_come_again()
    {
        var clock = new HandClock();
        await using var connector = new ServedConnector(_shared.Guest, options => options with { RequestsPerSecond = 3 }, clock);
        using var one = await connector.ConnectAsync();
        using var other = await connector.ConnectAsync();
        Assert.Equal([200, 200, 200, 503, 503], await AskAsync(one, other, one, other, one));
        clock.Advance(TimeSpan.FromMilliseconds(400));
        Assert.Equal([200, 503], await AskAsync(one, other));
        clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal([200, 200, 200, 503], await AskAsync(one, other, one, other));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Random_bytes_end_connections_and_nothing_else(int seed)
    {
        var random = new Random(seed);
        await using var connector = new ServedConnector(_shared.Guest, options => options with { TransferTimeout = Short, MaxConnections = 2 });
        string[] pieces = ["GET ", "POST ", "/connector/api", "/connector/status", " HTTP/1.1", "\r\n", "\r\n\r\n", "Host: x", "Content-Length: ", "4", "99", ": ", "\0", "\u00ff"];
        for (var i = 0; i < 50; i++)
        {
            using var client = await connector.ConnectAsync();
            var bytes = string.Concat(Enumerable.Range(0, random.Next(1, 40)).Select(_ => pieces[random.Next(pieces.Length)]));
            try
            {
                await client.SendAsync(bytes);
                client.EndSending();
                while (!await client.EndedAsync()) await client.AnswerAsync();
            }
            catch (SocketException)
            {
                // Cut, because of what it sent.
            }
        }

        using var good = await connector.ConnectAsync();
        await good.SendAsync(Get);
        Assert.True(await good.StatusAsync() == 200, $"seed {seed}");
        Assert.True(connector.Warnings.IsEmpty, $"seed {seed}: {string.Join('\n', connector.Warnings)}");
    }

    private static async Task<List<int>> AskAsync(params RawClient[] clients)
    {
        var statuses = new List<int>();
        foreach (var client in clients)
        {
            await client.SendAsync(Get);
            statuses.Add(await client.StatusAsync());
        }

        return statuses;
    }
}
