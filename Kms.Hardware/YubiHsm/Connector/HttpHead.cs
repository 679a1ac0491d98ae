using System.Globalization;
using System.Text;

namespace Kms.Hardware.YubiHsm.Connector;

/// <summary>The head of a request, as much of it as the connector looks at. Read strictly: what can be understood in two ways is refused. Pure.</summary>
/// <param name="Method">Such as GET.</param>
/// <param name="Path">Without the query.</param>
/// <param name="ContentLength">Null when there is none.</param>
/// <param name="IsChunked">Whether there is a Transfer-Encoding of any kind.</param>
/// <param name="Closes">Whether the client wants no further request.</param>
/// <param name="Continues">Whether it waits for "100 Continue".</param>
/// <param name="Origin">The web site whose script sends it; null for programs.</param>
/// <param name="RequestId">To be repeated in the answer; null when there is none that is harmless.</param>
internal sealed record HttpHead(
    string Method, string Path, long? ContentLength, bool IsChunked, bool Closes, bool Continues, string? Origin, string? RequestId)
{
    /// <summary>Largest head, with the empty line that ends it.</summary>
    public const int MaxBytes = 8192;

    private const int MaxRequestIdLength = 64;

    /// <summary>Whether a body follows.</summary>
    public bool HasBody => IsChunked || ContentLength is > 0;

    /// <summary>Reads a head.</summary>
    /// <param name="bytes">All of it, without the empty line.</param>
    /// <returns>Null when it is none of HTTP/1.0 or HTTP/1.1.</returns>
    public static HttpHead? TryParse(ReadOnlySpan<byte> bytes)
    {
        var lines = Encoding.Latin1.GetString(bytes).Split("\r\n");
        if (lines.Any(HasControlCharacter)) return null;
        if (lines[0].Split(' ') is not [{ Length: > 0 } method, ['/', ..] target, "HTTP/1.1" or "HTTP/1.0"]) return null;
        if (Headers(lines.AsSpan(1)) is not { } headers) return null;

        long? length = null;
        if (headers.TryGetValue("Content-Length", out var text))
        {
            if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return null;
            length = number;
        }

        var isOld = lines[0].EndsWith("1.0", StringComparison.Ordinal);
        if (!isOld && !headers.ContainsKey("Host")) return null;
        return new HttpHead(
            method, target.Split('?')[0], length, headers.ContainsKey("Transfer-Encoding"),
            isOld || Is(headers, "Connection", "close"), !isOld && Is(headers, "Expect", "100-continue"),
            headers.GetValueOrDefault("Origin"), headers.GetValueOrDefault("X-Request-ID") is { Length: > 0 and <= MaxRequestIdLength } id ? id : null);
    }

    // A header that comes twice, a name with a space, a line that goes on in the next one: how others read these is not known.
    private static Dictionary<string, string>? Headers(ReadOnlySpan<string> lines)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in lines)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0 || line.AsSpan(0, colon).ContainsAny(' ', '\t')) return null;
            if (!headers.TryAdd(line[..colon], line[(colon + 1)..].Trim(' ', '\t'))) return null;
        }

        return headers;
    }

    private static bool HasControlCharacter(string line) => line.Any(c => c is not ((>= ' ' and <= '~') or '\t'));

    private static bool Is(Dictionary<string, string> headers, string name, string value) =>
        headers.TryGetValue(name, out var given) && given.Equals(value, StringComparison.OrdinalIgnoreCase);
}
