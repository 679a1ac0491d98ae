using System.Globalization;
using System.Text;

namespace Kms.Hardware.YubiHsm.Connector;

/// <summary>An answer. Pure.</summary>
/// <param name="Status">Its number.</param>
/// <param name="Reason">The number in words.</param>
/// <param name="ContentType">What the body is.</param>
/// <param name="Body">The body.</param>
/// <param name="Allow">The one method that is allowed; null for all other answers than 405.</param>
internal sealed record HttpAnswer(int Status, string Reason, string ContentType, ReadOnlyMemory<byte> Body, string? Allow = null)
{
    public static HttpAnswer BadRequest { get; } = Plain(400, "Bad Request");

    public static HttpAnswer Forbidden { get; } = Plain(403, "Forbidden");

    public static HttpAnswer NotFound { get; } = Plain(404, "Not Found");

    public static HttpAnswer TimedOut { get; } = Plain(408, "Request Timeout");

    public static HttpAnswer HeadTooLarge { get; } = Plain(431, "Request Header Fields Too Large");

    public static HttpAnswer DeviceFailed { get; } = Plain(500, "Internal Server Error");

    public static HttpAnswer Busy { get; } = Plain(503, "Service Unavailable");

    /// <summary>Another method is meant.</summary>
    public static HttpAnswer NotAllowed(string allow) => Plain(405, "Method Not Allowed") with { Allow = allow };

    /// <summary>An answer of the device.</summary>
    public static HttpAnswer Frame(ReadOnlyMemory<byte> frame) => new(200, "OK", "application/octet-stream", frame);

    /// <summary>A text.</summary>
    public static HttpAnswer Text(string text) => new(200, "OK", "text/plain; charset=utf-8", Encoding.ASCII.GetBytes(text));

    /// <summary>The bytes to send.</summary>
    /// <param name="requestId">Repeated to the client.</param>
    /// <param name="closes">Whether the connection ends with it.</param>
    /// <param name="withBody">False for the answer to HEAD, which has the head alone.</param>
    public byte[] Encode(string requestId, bool closes, bool withBody)
    {
        var head = string.Create(
            CultureInfo.InvariantCulture,
            $"HTTP/1.1 {Status} {Reason}\r\nContent-Type: {ContentType}\r\nContent-Length: {Body.Length}\r\nX-Request-ID: {requestId}\r\n")
            + (Allow is null ? "" : $"Allow: {Allow}\r\n") + (closes ? "Connection: close\r\n" : "") + "\r\n";
        return [.. Encoding.ASCII.GetBytes(head), .. withBody ? Body.Span : []];
    }

    // yubihsm-connector sends the reason as the body, as Go's servers do.
    private static HttpAnswer Plain(int status, string reason) =>
        new(status, reason, "text/plain; charset=utf-8", Encoding.ASCII.GetBytes(reason + "\n"));
}
