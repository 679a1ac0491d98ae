namespace Kms.Fuzz.Targets;

/// <summary>A peer that says fixed bytes in pieces, whatever it is told. Every read and write completes at once.</summary>
internal sealed class Wire(byte[] incoming, int piece = int.MaxValue) : Stream
{
    private int _position;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Reads everything that a stream of the product has to give.</summary>
    /// <returns>The bytes, and the exception that ended them; null for an orderly end.</returns>
    public static (byte[] Data, IOException? End) ReadAll(Stream stream)
    {
        using var all = new MemoryStream();
        var buffer = new byte[700];
        try
        {
            while (Now(stream.ReadAsync(buffer)) is var count and > 0) all.Write(buffer, 0, count);
            return (all.ToArray(), null);
        }
        catch (IOException e)
        {
            return (all.ToArray(), e);
        }
    }

    /// <summary>The result of a task that never waits.</summary>
    public static T Now<T>(ValueTask<T> task)
    {
        Property.Holds(task.IsCompleted, "the product waits for something besides the wire");
        return task.GetAwaiter().GetResult();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = Math.Min(Math.Min(buffer.Length, piece), incoming.Length - _position);
        incoming.AsMemory(_position, count).CopyTo(buffer);
        _position += count;
        return ValueTask.FromResult(count);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush() { }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
