using System.Text;
using System.Text.Json;

namespace Kms.Host.Control;

/// <summary>What a running signer says to a request.</summary>
/// <param name="Ok">Whether it was done.</param>
/// <param name="Message">One or more lines for the operator; may be empty.</param>
/// <param name="Data">What a program reads; depends on the verb.</param>
public sealed record ControlReply(bool Ok, string Message, JsonElement? Data = null);

/// <summary>What a running signer is asked.</summary>
/// <param name="Verb">Such as "reload".</param>
/// <param name="Arguments">Depends on the verb.</param>
internal sealed record ControlRequest(string Verb, JsonElement Arguments);

/// <summary>The control protocol: over a Unix socket beside the journal, one line of JSON each way, then the end. Who may open the socket is
/// decided by its mode: the signer's user and root.</summary>
internal static class ControlWire
{
    /// <summary>Longest request in bytes.</summary>
    public const int MaxRequestBytes = 64 * 1024;

    /// <summary>Longest reply in bytes.</summary>
    public const int MaxReplyBytes = 1024 * 1024;

    /// <summary>Longest socket path in bytes, without the final zero (sockaddr_un of Linux).</summary>
    public const int MaxPathBytes = 107;

    /// <summary>How long the other side may take to send or take a line.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    /// <summary>camelCase, both ways; what a record needs must be there.</summary>
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>Where the signer of a journal listens.</summary>
    /// <param name="database">The database file, links resolved.</param>
    public static string PathFor(string database) => $"{database}.sock";

    /// <summary>Whether a socket can have this path.</summary>
    public static bool IsTooLong(string path) => Encoding.UTF8.GetByteCount(path) > MaxPathBytes;

    /// <summary>Reads up to the end of the line.</summary>
    /// <returns>The line without its end; null when it is longer than <paramref name="limit"/> or the stream ended within it.</returns>
    public static async Task<ReadOnlyMemory<byte>?> ReadLineAsync(Stream stream, int limit, CancellationToken cancel)
    {
        var buffer = new byte[Math.Min(limit + 1, 4096)];
        var length = 0;
        while (true)
        {
            if (length == buffer.Length) Array.Resize(ref buffer, Math.Min(limit + 1, 2 * buffer.Length));
            var read = await stream.ReadAsync(buffer.AsMemory(length), cancel).ConfigureAwait(false);
            if (read == 0) return null;
            if (Array.IndexOf(buffer, (byte)'\n', length, read) is var end and >= 0) return buffer.AsMemory(0, end);
            length += read;
            if (length > limit) return null;
        }
    }

    /// <summary>Writes a value as one line.</summary>
    public static async Task WriteLineAsync(Stream stream, ReadOnlyMemory<byte> json, CancellationToken cancel)
    {
        await stream.WriteAsync(json, cancel).ConfigureAwait(false);
        await stream.WriteAsync("\n"u8.ToArray(), cancel).ConfigureAwait(false);
    }
}
