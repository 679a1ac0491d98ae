using System.Net.Sockets;

namespace Kms.Protocol.Framing;

/// <summary>What came of waiting for a frame.</summary>
public abstract record FrameRead
{
    private FrameRead() { }

    /// <summary>A whole frame. <paramref name="Body"/> is valid until the next read.</summary>
    public sealed record Frame(ReadOnlyMemory<byte> Body) : FrameRead;

    /// <summary>The connection is of no more use.</summary>
    /// <param name="Reason">Why, for the log.</param>
    /// <param name="ByPeer">Whether the peer hung up.</param>
    public sealed record Ended(string Reason, bool ByPeer = false) : FrameRead;
}

/// <summary>Delimited frames over a byte stream: a thin shell around <see cref="FrameParser"/>. The buffer grows with the bytes that
/// arrive, never with the length that a peer announces.</summary>
public sealed class FramedConnection(Stream stream, int limit) : IAsyncDisposable
{
    private byte[] _buffer = new byte[4096];
    private int _start;
    private int _end;

    /// <summary>Waits for the next frame.</summary>
    /// <param name="idle">Longest silence before the first byte.</param>
    /// <param name="rest">Longest wait for the rest of a frame that has begun.</param>
    /// <param name="cancel">Stops waiting; the read then throws <see cref="OperationCanceledException"/>.</param>
    public async ValueTask<FrameRead> ReadAsync(TimeSpan idle, TimeSpan rest, CancellationToken cancel)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(_start == _end ? idle : rest);
        var begun = _start != _end;
        while (true)
        {
            switch (FrameParser.Parse(_buffer.AsSpan(_start, _end - _start), limit, out var body, out var error))
            {
                case FrameStatus.Complete:
                    var frame = _buffer.AsMemory(_start, _end - _start)[body];
                    _start += body.End.Value;
                    return new FrameRead.Frame(frame);
                case FrameStatus.Broken:
                    return new FrameRead.Ended(error!);
            }

            try
            {
                MakeRoom();
                var count = await stream.ReadAsync(_buffer.AsMemory(_end), deadline.Token).ConfigureAwait(false);
                if (count == 0) return new FrameRead.Ended(begun ? "closed by the validator inside a message" : "closed by the validator", ByPeer: true);
                _end += count;
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                return new FrameRead.Ended(begun
                    ? $"the rest of a message did not come within {rest.TotalSeconds:0.#} s"
                    : $"neither a request nor a ping for {idle.TotalSeconds:0.#} s");
            }
            catch (IOException e)
            {
                return new FrameRead.Ended(Reason(e), IsReset(e));
            }

            if (begun) continue;
            begun = true;
            deadline.CancelAfter(rest);
        }
    }

    /// <summary>Writes one frame, length prefix included.</summary>
    /// <returns>Null, or why the connection is of no more use.</returns>
    public async ValueTask<string?> WriteAsync(ReadOnlyMemory<byte> frame, TimeSpan timeout, CancellationToken cancel)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(timeout);
        try
        {
            await stream.WriteAsync(frame, deadline.Token).ConfigureAwait(false);
            await stream.FlushAsync(deadline.Token).ConfigureAwait(false);
            return null;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return $"the validator did not take a reply within {timeout.TotalSeconds:0.#} s";
        }
        catch (IOException e)
        {
            return Reason(e);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => stream.DisposeAsync();

    // What a killed node leaves behind; the operating system's words for it name neither side.
    private static string Reason(IOException e) => IsReset(e) ? "reset by the validator" : e.Message;

    private static bool IsReset(IOException e) =>
        e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.Shutdown };

    private void MakeRoom()
    {
        if (_start == _end) _start = _end = 0;
        if (_end < _buffer.Length) return;
        var grown = _start > 0 ? _buffer : new byte[_buffer.Length * 2];
        _buffer.AsSpan(_start, _end - _start).CopyTo(grown);
        (_buffer, _end, _start) = (grown, _end - _start, 0);
    }
}
