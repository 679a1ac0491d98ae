using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Kms.Hardware.Tests.YubiHsm.Connector;

/// <summary>A client that writes bytes and reads answers, and keeps no rule of HTTP.</summary>
internal sealed class RawClient : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp);
    private byte[] _unread = [];

    public static async Task<RawClient> ConnectAsync(IPEndPoint server)
    {
        var client = new RawClient();
        await client._socket.ConnectAsync(server);
        return client;
    }

    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    public async Task SendAsync(byte[] bytes)
    {
        for (var sent = 0; sent < bytes.Length;) sent += await _socket.SendAsync(bytes.AsMemory(sent));
    }

    /// <summary>A frame for the device.</summary>
    public Task PostAsync(byte[] frame) =>
        SendAsync([.. Encoding.ASCII.GetBytes($"POST /connector/api HTTP/1.1\r\nHost: x\r\nContent-Length: {frame.Length}\r\n\r\n"), .. frame]);

    public void EndSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>The next answer.</summary>
    public async Task<(string Head, byte[] Body)> AnswerAsync(bool hasBody = true)
    {
        int end;
        while ((end = _unread.AsSpan().IndexOf("\r\n\r\n"u8)) < 0) Assert.True(await MoreAsync(), "the connection ended before an answer");
        var head = Encoding.ASCII.GetString(_unread, 0, end);
        _unread = _unread[(end + 4)..];
        var length = hasBody ? int.Parse(Header(head, "Content-Length")!, System.Globalization.CultureInfo.InvariantCulture) : 0;
        while (_unread.Length < length) Assert.True(await MoreAsync(), "the connection ended inside of an answer");
        var body = _unread[..length];
        _unread = _unread[length..];
        return (head, body);
    }

    /// <summary>The status of the next answer.</summary>
    public async Task<int> StatusAsync() => int.Parse((await AnswerAsync()).Head.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Whether the server ends the connection, with nothing more to say.</summary>
    public async Task<bool> EndedAsync() => _unread.Length == 0 && !await MoreAsync();

    public static string? Header(string head, string name) =>
        head.Split("\r\n").FirstOrDefault(line => line.StartsWith(name + ": ", StringComparison.Ordinal))?[(name.Length + 2)..];

    public void Dispose() => _socket.Dispose();

    private async Task<bool> MoreAsync()
    {
        var buffer = new byte[4096];
        var count = await _socket.ReceiveAsync(buffer);
        _unread = [.. _unread, .. buffer[..count]];
        return count > 0;
    }
}
