using Kms.Testing.Ledger;

namespace Kms.Hardware.Tests.Ledger.Simulator;

/// <summary>The framing of Speculos, and what a late answer does there.</summary>
public sealed class TcpTests : IAsyncDisposable
{
    private static readonly byte[] Version = Messages.Of("5600000000");
    private static readonly byte[] First = Messages.Sign(Messages.For(VoteType.Prevote, 100, 0));

    private readonly SimulatedLedger _ledger = new();
    private readonly SemaphoreSlim _prompts = new(0);
    private readonly LedgerTcp _server;

    public TcpTests()
    {
        _server = LedgerTcp.Start(_ledger);
        _ledger.Prompted += () => _prompts.Release();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _prompts.Dispose();
    }

    [Fact]
    public async Task The_length_leaves_the_status_out()
    {
        using var host = await ConnectAsync();
        foreach (var b in Messages.Of("00000005 5600000000")) await host.Stream.WriteAsync(new[] { b });
        var answer = new byte[10];
        await host.Stream.ReadExactlyAsync(answer);
        Assert.Equal("00000004000009019000", Messages.Hex(answer));

        await host.Stream.WriteAsync(Messages.Of("00000000 00000005 5609000000"));
        answer = new byte[12];
        await host.Stream.ReadExactlyAsync(answer);
        Assert.Equal("000000006982000000006d00", Messages.Hex(answer));
    }

    [Fact]
    public async Task A_late_answer_goes_to_whoever_has_connected_last()
    {
        using (var host = await ConnectAsync())
        {
            await host.SendAsync(First);
            await _prompts.WaitAsync();
        }

        using var next = await ConnectAsync();
        while (_server.Connected < 2) await Task.Delay(1);
        _ledger.Confirm();
        Assert.Equal(66, (await next.ReceiveAsync()).Length);
        Assert.Equal("000009019000", await next.AskAsync(Version));
    }

    [Theory]
    [InlineData(AnswerFault.Ignored, "")]
    [InlineData(AnswerFault.Lost, "")]
    [InlineData(AnswerFault.Unfinished, "000000040000090190")]
    public async Task A_fault_ends_the_connection(AnswerFault fault, string rest)
    {
        using var host = await ConnectAsync();
        _ledger.Faults.Spoil(fault);
        await host.SendAsync(Version);
        Assert.Equal(rest, await host.RestAsync());
        using var next = await ConnectAsync();
        Assert.Equal("000009019000", await next.AskAsync(Version));
    }

    [Fact]
    public async Task An_answer_may_be_wrong()
    {
        using var host = await ConnectAsync();
        _ledger.Faults.Spoil(AnswerFault.Corrupt);
        Assert.Equal("010009019000", await host.AskAsync(Version));
        _ledger.Faults.Spoil(AnswerFault.TooLong);
        await host.SendAsync(Version);
        var length = new byte[4];
        await host.Stream.ReadExactlyAsync(length);
        Assert.Equal("7fffffff", Messages.Hex(length));
    }

    [Fact]
    public async Task Connections_end_with_the_device_or_its_program_and_on_command()
    {
        foreach (var end in (Action[])[_ledger.Quit, _ledger.Unplug, _server.DropConnections])
        {
            using var host = await ConnectAsync();
            await host.AskAsync(Version);
            end();
            Assert.Equal("", await host.RestAsync());
            if (!_ledger.IsPlugged) _ledger.Plug();
            else _ledger.Open(LedgerProgram.Validator);
        }
    }

    [Fact]
    public async Task An_unplugged_device_answers_nobody()
    {
        _ledger.Unplug();
        using var host = await ConnectAsync();
        await host.SendAsync(Version);
        Assert.Equal("", await host.RestAsync());
    }

    [Fact]
    public async Task A_restarted_server_has_its_port_and_the_memory_of_the_device()
    {
        _ledger.Prompted += _ledger.Confirm;
        var port = _server.Port;
        using (var host = await ConnectAsync()) await host.AskAsync(First);
        await _server.StopAsync();
        await Assert.ThrowsAsync<System.Net.Sockets.SocketException>(ConnectAsync);
        _server.Start();
        Assert.Equal(port, _server.Port);
        using var next = await ConnectAsync();
        Assert.Equal("6985", await next.AskAsync(First));
    }

    [Fact]
    public async Task A_slow_device_answers_when_its_time_has_come()
    {
        using var host = await ConnectAsync();
        _ledger.Faults.Delay = TimeSpan.FromMilliseconds(1);
        Assert.Equal("000009019000", await host.AskAsync(Version));
        _ledger.Faults.Delay = TimeSpan.FromDays(1);
        await host.SendAsync(Version);
        _server.DropConnections();
        Assert.Equal("", await host.RestAsync());
    }

    private Task<TcpHost> ConnectAsync() => TcpHost.ConnectAsync(_server.Port);
}
