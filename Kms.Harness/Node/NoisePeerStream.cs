using System.Security.Cryptography;
using Org.BouncyCastle.Crypto;

namespace Kms.Harness;

/// <summary>The node's end of a Noise connection as a stream. Whatever a signer does wrong is an <see cref="IOException"/>.</summary>
internal sealed class NoisePeerStream : Stream
{
    private readonly Stream _inner;
    private readonly NoisePeer _peer;
    private ReadOnlyMemory<byte> _unread;

    private NoisePeerStream(Stream inner, NoisePeer peer) => (_inner, _peer) = (inner, peer);

    /// <summary>The Ed25519 key the signer has proven.</summary>
    public ReadOnlySpan<byte> RemoteKey => _peer.RemoteKey;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Shakes hands with whoever dialled; on failure the connection is closed.</summary>
    /// <param name="inner">The connection, which the result owns.</param>
    /// <param name="identity">Ed25519 seed.</param>
    /// <param name="ct">Ends a handshake that takes too long.</param>
    public static async Task<NoisePeerStream> AcceptAsync(Stream inner, byte[] identity, CancellationToken ct)
    {
        try
        {
            return new NoisePeerStream(inner, await Genuine(NoisePeer.AcceptAsync(inner, identity, ct: ct)));
        }
        catch
        {
            await inner.DisposeAsync();
            throw;
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // An empty message is no end.
        while (_unread.IsEmpty)
        {
            if (await Genuine(_peer.ReceiveAsync(cancellationToken)) is not { } data) return 0;
            _unread = data;
        }

        var count = Math.Min(buffer.Length, _unread.Length);
        _unread[..count].CopyTo(buffer);
        _unread = _unread[count..];
        return count;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        await _peer.WriteAsync(buffer.ToArray(), cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("use ReadAsync");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("use WriteAsync");

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) _inner.Dispose();
        base.Dispose(disposing);
    }

    // What comes out of slices that are too short, of BouncyCastle and of a wrong proof.
    private static async Task<T> Genuine<T>(Task<T> task)
    {
        try
        {
            return await task;
        }
        catch (Exception e) when (e is CryptoException or CryptographicException or ArgumentException or InvalidOperationException)
        {
            throw new IOException($"a noise message that is not genuine ({e.Message})", e);
        }
    }
}
