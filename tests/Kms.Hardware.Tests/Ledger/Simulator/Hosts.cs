using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Kms.Testing.Ledger;

namespace Kms.Hardware.Tests.Ledger.Simulator;

/// <summary>A way to the simulated device.</summary>
public enum Way
{
    Direct,
    Hid,
    Tcp,
}

/// <summary>A host that sends a command and, apart from that, takes the next answer: nothing of the product.</summary>
internal interface IHost : IDisposable
{
    Task SendAsync(byte[] command);

    Task<byte[]> ReceiveAsync();
}

internal static class Hosts
{
    public static async Task<IHost> OpenAsync(Way way, SimulatedLedger ledger, LedgerTcp server) => way switch
    {
        Way.Direct => new DirectHost(ledger),
        Way.Hid => new HidHost(new LedgerHid(ledger)),
        _ => await TcpHost.ConnectAsync(server.Port),
    };

    public static async Task<string> AskAsync(this IHost host, byte[] command)
    {
        await host.SendAsync(command);
        return Messages.Hex(await host.ReceiveAsync());
    }
}

internal sealed class DirectHost : IHost
{
    private readonly Channel<byte[]> _answers = Channel.CreateUnbounded<byte[]>();
    private readonly SimulatedLedger _ledger;

    public DirectHost(SimulatedLedger ledger)
    {
        _ledger = ledger;
        ledger.Answered += answer => _answers.Writer.TryWrite(answer);
    }

    public Task SendAsync(byte[] command)
    {
        _ledger.Send(command);
        return Task.CompletedTask;
    }

    public Task<byte[]> ReceiveAsync() => _answers.Reader.ReadAsync().AsTask();

    /// <summary>The answer; null when there is none yet.</summary>
    public string? Ask(byte[] command)
    {
        _ledger.Send(command);
        return Late();
    }

    public string? Late() => _answers.Reader.TryRead(out var answer) ? Messages.Hex(answer) : null;

    public void Dispose()
    {
    }
}

/// <summary>Frames written from the table of the framing, with garbage where the device must not look.</summary>
internal sealed class HidHost(LedgerHid device) : IHost
{
    public HidNode Node { get; } = device.Open();

    public Task SendAsync(byte[] command)
    {
        byte[] rest = [(byte)(command.Length >> 8), (byte)command.Length, .. command];
        for (var sequence = 0; rest.Length > 0; sequence++)
        {
            var body = rest.Take(59).ToArray();
            rest = rest[body.Length..];
            Node.Write([1, 1, 5, (byte)(sequence >> 8), (byte)sequence, .. body, .. Enumerable.Repeat((byte)0xEE, 59 - body.Length)]);
        }

        return Task.CompletedTask;
    }

    public async Task<byte[]> ReceiveAsync()
    {
        var report = await Node.ReadAsync();
        var length = report[5] << 8 | report[6];
        var answer = report[7..].ToList();
        for (var sequence = 1; answer.Count < length; sequence++)
        {
            report = await Node.ReadAsync();
            Assert.Equal($"01010500{sequence:x2}", Messages.Hex(report[..5]));
            answer.AddRange(report[5..]);
        }

        Assert.All(answer.Skip(length), padding => Assert.Equal(0, padding));
        return [.. answer.Take(length)];
    }

    public void Dispose()
    {
        Node.Dispose();
        device.Dispose();
    }
}

internal sealed class TcpHost : IHost
{
    private readonly TcpClient _client = new();

    public static async Task<TcpHost> ConnectAsync(int port)
    {
        var host = new TcpHost();
        await host._client.ConnectAsync(IPAddress.Loopback, port);
        host._client.NoDelay = true;
        host.Stream = host._client.GetStream();
        return host;
    }

    public Stream Stream { get; private set; } = Stream.Null;

    public async Task SendAsync(byte[] command) => await Stream.WriteAsync((byte[])[0, 0, (byte)(command.Length >> 8), (byte)command.Length, .. command]);

    public async Task<byte[]> ReceiveAsync()
    {
        var length = new byte[4];
        await Stream.ReadExactlyAsync(length);
        var answer = new byte[(length[2] << 8 | length[3]) + 2];
        await Stream.ReadExactlyAsync(answer);
        return answer;
    }

    /// <summary>What comes until the other side ends the connection.</summary>
    public async Task<string> RestAsync()
    {
        using var rest = new MemoryStream();
        try
        {
            await Stream.CopyToAsync(rest);
        }
        catch (IOException)
        {
            // Cut rather than ended.
        }

        return Messages.Hex(rest.ToArray());
    }

    /// <summary>Says nothing more, and waits until the other side has understood.</summary>
    public Task<string> EndAsync()
    {
        try
        {
            _client.Client.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // It has understood already, and cut the connection.
        }

        return RestAsync();
    }

    public void Dispose() => _client.Dispose();
}
