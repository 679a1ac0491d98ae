using System.Globalization;
using System.Text;

namespace Kms.Testing.YubiHsm;

/// <summary>The head of a request of HTTP/1.1: as much of it as the connector looks at.</summary>
internal sealed record HttpRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>Null when there is none, as with a chunked body.</summary>
    public long? ContentLength =>
        long.TryParse(Headers.GetValueOrDefault("Content-Length"), NumberStyles.None, CultureInfo.InvariantCulture, out var length) ? length : null;

    public bool WantsContinue => Headers.GetValueOrDefault("Expect") is { } expect && expect.Equals("100-continue", StringComparison.OrdinalIgnoreCase);

    public bool WantsClose => Headers.GetValueOrDefault("Connection") is { } connection && connection.Equals("close", StringComparison.OrdinalIgnoreCase);
}

/// <summary>An answer.</summary>
internal sealed record HttpResponse(int Status, string Reason, string ContentType, byte[] Body, string? Allow = null)
{
    /// <summary>The status as a text, which is what Go's servers send.</summary>
    public static HttpResponse Plain(int status, string reason, string? allow = null) =>
        new(status, reason, "text/plain; charset=utf-8", Encoding.ASCII.GetBytes(reason + "\n"), allow);

    public byte[] Write(string requestId, bool close)
    {
        var head = string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {Status} {Reason}\r\nContent-Type: {ContentType}\r\nContent-Length: {Body.Length}\r\n")
            + $"X-Request-ID: {requestId}\r\n" + (Allow is null ? "" : $"Allow: {Allow}\r\n") + (close ? "Connection: close\r\n" : "") + "\r\n";
        return [.. Encoding.ASCII.GetBytes(head), .. Body];
    }
}

/// <summary>Takes requests from a connection, one after the other.</summary>
internal sealed class HttpReader(Stream stream)
{
    private const int HeadLimit = 16 * 1024;
    private const int DrainLimit = 256 * 1024;

    private static readonly byte[] HeadEnd = "\r\n\r\n"u8.ToArray();

    private readonly byte[] _chunk = new byte[1024];
    private byte[] _unread = [];

    /// <summary>The next head; null when the other side is gone or speaks something else.</summary>
    public async Task<HttpRequest?> HeadAsync(CancellationToken cancel)
    {
        int end;
        while ((end = _unread.AsSpan().IndexOf(HeadEnd)) < 0)
            if (_unread.Length > HeadLimit || !await MoreAsync(cancel)) return null;

        var lines = Encoding.ASCII.GetString(_unread, 0, end).Split("\r\n");
        _unread = _unread[(end + HeadEnd.Length)..];
        return lines[0].Split(' ') is [var method, var path, _] ? new HttpRequest(method, path, Headers(lines[1..])) : null;
    }

    /// <summary>The body of a request; null when the other side leaves before its end.</summary>
    public async Task<byte[]?> BodyAsync(int length, CancellationToken cancel)
    {
        while (_unread.Length < length)
            if (!await MoreAsync(cancel)) return null;
        var body = _unread[..length];
        _unread = _unread[length..];
        return body;
    }

    /// <summary>Takes what the other side still sends: a socket closed over unread bytes would take the answer away from it.</summary>
    public async Task DrainAsync(CancellationToken cancel)
    {
        for (var left = DrainLimit; left > 0;)
        {
            var count = await stream.ReadAsync(_chunk, cancel);
            if (count == 0) return;
            left -= count;
        }
    }

    private static Dictionary<string, string> Headers(string[] lines)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in lines)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0) headers[line[..colon]] = line[(colon + 1)..].Trim();
        }

        return headers;
    }

    private async Task<bool> MoreAsync(CancellationToken cancel)
    {
        var count = await stream.ReadAsync(_chunk, cancel);
        _unread = [.. _unread, .. _chunk[..count]];
        return count > 0;
    }
}
