using System.Runtime.ExceptionServices;

namespace Kms.Protocol.Framing;

/// <summary>A stream that arrives in sealed frames. One reader and one writer at a time, asynchronous only.</summary>
/// <param name="inner">The connection; owned.</param>
public abstract class SecuredStream(Stream inner) : Stream
{
    private Memory<byte> _unread;
    private IOException? _broken;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>The connection below.</summary>
    protected Stream Inner => inner;

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty) return 0;
        if (_unread.IsEmpty) _unread = await ReceiveOrBreakAsync(cancellationToken).ConfigureAwait(false);
        var count = Math.Min(buffer.Length, _unread.Length);
        _unread[..count].CopyTo(buffer);
        _unread = _unread[count..];
        return count;
    }

    /// <inheritdoc/>
    public abstract override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default);

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("use ReadAsync");

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("use WriteAsync");

    /// <inheritdoc/>
    public override void Flush() { }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    // A read that failed or was given up may have lost bytes, so none after it is trusted.
    private async ValueTask<Memory<byte>> ReceiveOrBreakAsync(CancellationToken cancel)
    {
        if (_broken is not null) ExceptionDispatchInfo.Throw(_broken);
        _broken = new IOException("the connection broke off at an earlier read");
        try
        {
            var data = await ReceiveAsync(cancel).ConfigureAwait(false);
            _broken = null;
            return data;
        }
        catch (IOException e)
        {
            _broken = e;
            throw;
        }
    }

    /// <summary>The data of the next frame, valid until the next call; empty at the end of the stream.</summary>
    /// <exception cref="IOException">The frame is not genuine, or the connection broke.</exception>
    protected abstract ValueTask<Memory<byte>> ReceiveAsync(CancellationToken cancel);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
        base.Dispose(disposing);
    }
}
