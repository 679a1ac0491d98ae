using System.Net;
using System.Net.Sockets;

namespace Kms.Hardware.YubiHsm.Connector;

/// <summary>One client: requests one after the other, each read within its limits.</summary>
/// <param name="socket">The connection; stays the caller's.</param>
/// <param name="api">Who answers.</param>
/// <param name="options">Limits.</param>
/// <param name="stopping">Cancelled when the server stops.</param>
internal sealed class ConnectorConnection(Socket socket, ConnectorApi api, ConnectorOptions options, CancellationToken stopping)
{
    // What a client that was refused may still send before its connection is cut.
    private const int MaxIgnoredBytes = 1 << 16;

    private static readonly TimeSpan Lingering = TimeSpan.FromSeconds(1);

    private static readonly byte[] HeadEnd = "\r\n\r\n"u8.ToArray();

    private readonly IPEndPoint _local = (IPEndPoint)socket.LocalEndPoint!;
    private readonly string _client = socket.RemoteEndPoint!.ToString()!;
    private readonly byte[] _buffer = new byte[HttpHead.MaxBytes + ConnectorApi.LargestBody];
    private int _filled;

    /// <summary>Serves until the client leaves, is idle for too long, or sends what cannot be followed by a request.</summary>
    public async Task ServeAsync()
    {
        socket.NoDelay = true;
        while (await ServeOneAsync())
        {
            // One request was answered; the next one follows.
        }
    }

    private async Task<bool> ServeOneAsync()
    {
        using (var idle = Limit(options.IdleTimeout))
            if (_filled == 0 && !await MoreAsync(idle.Token)) return false;
        using var arriving = Limit(options.TransferTimeout);
        var (head, refusal) = await ReadHeadAsync(arriving.Token);
        // Without a head nobody knows where the next request begins.
        if (head is null) return refusal is not null && await SendAsync(refusal, null, closes: true);
        if (await api.AnswerAsync(head, _local, stopping) is { } early) return await SendAsync(early, head, head.Closes || head.HasBody);

        (var frame, refusal) = await ReadBodyAsync(head, arriving.Token);
        if (frame is null) return refusal is not null && await SendAsync(refusal, head, closes: true);
        return await SendAsync(await api.ExchangeAsync(frame, _client, stopping), head, head.Closes);
    }

    // Neither a head nor a refusal: the client is gone.
    private async Task<(HttpHead? Head, HttpAnswer? Refusal)> ReadHeadAsync(CancellationToken arriving)
    {
        try
        {
            int end;
            while ((end = _buffer.AsSpan(0, Math.Min(_filled, HttpHead.MaxBytes)).IndexOf(HeadEnd)) < 0)
            {
                if (_filled >= HttpHead.MaxBytes) return (null, HttpAnswer.HeadTooLarge);
                if (!await MoreAsync(arriving)) return (null, null);
            }

            if (HttpHead.TryParse(_buffer.AsSpan(0, end)) is not { } head) return (null, HttpAnswer.BadRequest);
            Take(end + HeadEnd.Length);
            return (head, null);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            return (null, HttpAnswer.TimedOut);
        }
    }

    private async Task<(byte[]? Body, HttpAnswer? Refusal)> ReadBodyAsync(HttpHead head, CancellationToken arriving)
    {
        var length = (int)head.ContentLength!.Value;
        if (head.Continues && _filled < length) await WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray());
        try
        {
            while (_filled < length)
                if (!await MoreAsync(arriving)) return (null, null);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            return (null, HttpAnswer.TimedOut);
        }

        var body = _buffer[..length];
        Take(length);
        return (body, null);
    }

    private async Task<bool> SendAsync(HttpAnswer answer, HttpHead? head, bool closes)
    {
        await WriteAsync(answer.Encode(head?.RequestId ?? Guid.NewGuid().ToString(), closes, head?.Method != "HEAD"));
        if (closes) await LingerAsync();
        return !closes;
    }

    // Closing with unread bytes resets the connection, and the answer with it.
    private async Task LingerAsync()
    {
        socket.Shutdown(SocketShutdown.Send);
        using var end = Limit(Lingering);
        for (var ignored = 0; ignored < MaxIgnoredBytes;)
        {
            var count = await socket.ReceiveAsync(_buffer, end.Token);
            if (count == 0) return;
            ignored += count;
        }
    }

    private async Task WriteAsync(byte[] bytes)
    {
        using var taken = Limit(options.TransferTimeout);
        for (var sent = 0; sent < bytes.Length;) sent += await socket.SendAsync(bytes.AsMemory(sent), taken.Token);
    }

    private CancellationTokenSource Limit(TimeSpan atMost)
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        limit.CancelAfter(atMost);
        return limit;
    }

    private async Task<bool> MoreAsync(CancellationToken deadline)
    {
        var count = await socket.ReceiveAsync(_buffer.AsMemory(_filled), deadline);
        _filled += count;
        return count > 0;
    }

    private void Take(int count)
    {
        _buffer.AsSpan(count, _filled - count).CopyTo(_buffer);
        _filled -= count;
    }
}
