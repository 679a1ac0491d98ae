namespace Kms.Protocol.Tests;

/// <summary>A peer that says fixed bytes, in pieces of a chosen size, whatever it is told; what it is told is kept. Every read
/// completes at once, so nothing waits and nothing depends on time.</summary>
internal sealed class ScriptedStream(byte[] incoming, int piece = int.MaxValue) : Stream
{
    private int _position;

    /// <summary>Everything that was written to the peer.</summary>
    public MemoryStream Outgoing { get; } = new();

    /// <summary>What a read meets behind the last byte; null for an orderly end.</summary>
    public Func<CancellationToken, ValueTask<int>>? AtEnd { get; init; }

    /// <summary>What a write meets; null for a peer that takes everything.</summary>
    public Func<CancellationToken, ValueTask>? OnWrite { get; init; }

    /// <summary>Whether the stream was closed.</summary>
    public bool Closed { get; private set; }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var count = Math.Min(Math.Min(buffer.Length, piece), incoming.Length - _position);
        if (count == 0 && buffer.Length > 0 && AtEnd is not null) return AtEnd(cancellationToken);
        incoming.AsMemory(_position, count).CopyTo(buffer);
        _position += count;
        return ValueTask.FromResult(count);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (OnWrite is not null) return OnWrite(cancellationToken);
        Outgoing.Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush() { }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        Closed = true;
        base.Dispose(disposing);
    }
}
