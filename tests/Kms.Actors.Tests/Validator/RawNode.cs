using System.Net;
using System.Net.Sockets;
using Kms.Actors.Tests.Chain;

namespace Kms.Actors.Tests.Validator;

/// <summary>A node that writes any bytes: on a Unix socket, and on a TCP port where it never shakes hands.</summary>
internal sealed class RawNode : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("kms-raw");
    private readonly Socket _unix = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Socket _tcp = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private Socket? _accepted;

    public RawNode()
    {
        _unix.Bind(new UnixDomainSocketEndPoint(Path));
        _unix.Listen();
        _tcp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _tcp.Listen();
    }

    public string Path => System.IO.Path.Combine(_directory.FullName, "raw.sock");

    public int Port => ((IPEndPoint)_tcp.LocalEndPoint!).Port;

    public async Task AcceptAsync() => await Take(_unix);

    public async Task AcceptTcpAsync() => await Take(_tcp);

    public async Task SendAsync(string hex) => await _accepted!.SendAsync(Convert.FromHexString(hex));

    /// <summary>Sends a frame and returns the first byte of the reply's body: the tag that tells which reply it is.</summary>
    public async Task<int> AskAsync(string hex) => (await ExchangeAsync(Convert.FromHexString(hex)))[0];

    /// <summary>Sends a frame and returns the reply's body in hexadecimal.</summary>
    public async Task<string> AskForBodyAsync(string hex) => Convert.ToHexStringLower(await ExchangeAsync(Convert.FromHexString(hex)));

    /// <summary>Sends a frame and returns the reply's body.</summary>
    public async Task<byte[]> ExchangeAsync(byte[] frame)
    {
        await _accepted!.SendAsync(frame);
        int length = 0, shift = 0;
        while (true)
        {
            var b = await ReadByteAsync();
            Assert.True(b >= 0, "the connection was closed instead of answered");
            length |= (b & 0x7F) << shift;
            shift += 7;
            if (b < 0x80) break;
        }

        var body = new byte[length];
        using var patience = new CancellationTokenSource(ChainWorld.Patience);
        for (var read = 0; read < length;)
        {
            var count = await _accepted!.ReceiveAsync(body.AsMemory(read), patience.Token);
            Assert.True(count > 0);
            read += count;
        }

        return body;
    }

    /// <summary>The next byte, or -1 at the end.</summary>
    public async Task<int> ReadByteAsync()
    {
        using var patience = new CancellationTokenSource(ChainWorld.Patience);
        var one = new byte[1];
        return await _accepted!.ReceiveAsync(one, patience.Token) == 1 ? one[0] : -1;
    }

    public void Dispose()
    {
        _accepted?.Dispose();
        _unix.Dispose();
        _tcp.Dispose();
        _directory.Delete(recursive: true);
    }

    private async Task Take(Socket listener)
    {
        using var patience = new CancellationTokenSource(ChainWorld.Patience);
        _accepted?.Dispose();
        _accepted = await listener.AcceptAsync(patience.Token);
    }
}
