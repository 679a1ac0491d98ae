using System.Net.Sockets;
using System.Text.Json;

namespace Kms.Host.Control;

/// <summary>What came of asking a running signer.</summary>
public abstract record ControlAnswer
{
    private ControlAnswer() { }

    /// <summary>It replied.</summary>
    public sealed record Replied(ControlReply Reply) : ControlAnswer;

    /// <summary>No signer is running there.</summary>
    public sealed record NobodyThere : ControlAnswer;

    /// <summary>There may be a signer, but there is no answer.</summary>
    /// <param name="Error">A sentence.</param>
    public sealed record Failed(string Error) : ControlAnswer;
}

/// <summary>Asks the running signer of a journal.</summary>
public static class ControlClient
{
    /// <summary>Longest wait for an answer: more than a reload takes that waits for a signature in flight.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Connects, asks, waits for the answer.</summary>
    /// <param name="path">The socket.</param>
    /// <param name="verb">Such as "reload".</param>
    /// <param name="arguments">An object to write as JSON; null for none.</param>
    public static async Task<ControlAnswer> TryAskAsync(string path, string verb, object? arguments)
    {
        if (ControlWire.IsTooLong(path) || !File.Exists(path)) return new ControlAnswer.NobodyThere();
        var request = new ControlRequest(verb, JsonSerializer.SerializeToElement(arguments ?? new { }, ControlWire.Json));
        using var deadline = new CancellationTokenSource(Patience);
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), deadline.Token).ConfigureAwait(false);
            using var stream = new NetworkStream(socket, ownsSocket: false);
            await ControlWire.WriteLineAsync(stream, JsonSerializer.SerializeToUtf8Bytes(request, ControlWire.Json), deadline.Token).ConfigureAwait(false);
            var line = await ControlWire.ReadLineAsync(stream, ControlWire.MaxReplyBytes, deadline.Token).ConfigureAwait(false);
            return line is not null && JsonSerializer.Deserialize<ControlReply>(line.Value.Span, ControlWire.Json) is { Message: not null } reply
                ? new ControlAnswer.Replied(reply)
                : new ControlAnswer.Failed($"the signer at {path} closed the connection without an answer; it may be stopping");
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionRefused or SocketError.AddressNotAvailable)
        {
            return new ControlAnswer.NobodyThere();
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.AccessDenied)
        {
            return new ControlAnswer.Failed($"the signer at {path} answers only its own user and root");
        }
        catch (Exception e) when (e is SocketException or IOException or JsonException)
        {
            return new ControlAnswer.Failed($"the signer at {path} gave no answer: {e.Message}");
        }
        catch (OperationCanceledException)
        {
            return new ControlAnswer.Failed($"the signer at {path} gave no answer within {Patience.TotalSeconds:0} s");
        }
    }
}
