namespace Kms.Host.Composition;

/// <summary>Reads what a child process prints, keeps the first bytes and drops the rest, so that the child is never blocked by a full pipe
/// and never fills the memory.</summary>
internal sealed class BoundedOutput
{
    private readonly byte[] _bytes;
    private readonly TaskCompletionSource _overflow = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile int _length;

    /// <summary>Begins to read.</summary>
    /// <param name="stream">A pipe of the child; a read may outlive every deadline while some process keeps the other end.</param>
    /// <param name="limit">How many bytes are kept.</param>
    public BoundedOutput(Stream stream, int limit)
    {
        _bytes = new byte[limit];
        End = Task.Run(() => ReadAsync(stream));
    }

    /// <summary>Completes when nobody can write any more.</summary>
    public Task End { get; }

    /// <summary>Completes when there is more than the limit.</summary>
    public Task Overflow => _overflow.Task;

    /// <summary>What was kept so far.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes.AsMemory(0, _length);

    private async Task ReadAsync(Stream stream)
    {
        var buffer = new byte[4096];
        try
        {
            while (await stream.ReadAsync(buffer).ConfigureAwait(false) is var read and > 0)
            {
                var kept = Math.Min(read, _bytes.Length - _length);
                buffer.AsSpan(0, kept).CopyTo(_bytes.AsSpan(_length));
                _length += kept;
                if (kept < read) _overflow.TrySetResult();
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The pipe was closed from this side: nobody waits for more.
        }
    }
}
