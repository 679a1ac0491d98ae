using System.Buffers.Binary;
using System.Security.Cryptography;
using Kms.Protocol.KeyEncoding;
using Kms.Protocol.SecretConnection;
using NSec.Cryptography;

namespace Kms.Protocol.Noise;

/// <summary>A peer that does not speak libp2p's Noise, is not the one expected, or sent a frame that is not genuine.</summary>
public sealed class NoiseException(string message) : IOException(message);

/// <summary>An authenticated, encrypted stream to a CometBFT node that listens on noise://, both ends pinned by peer id. One reader and one
/// writer at a time.</summary>
/// <remarks>
/// <para>What CometBFT v0.40 does (privval/noise_listener.go, privval/utils.go): the node listens on plain TCP and gives the accepted connection
/// straight to go-libp2p's noise transport (SecureInbound), so it is the responder and the signer, which dials, the initiator. No
/// multistream-select runs before, no multiplexer after: the first byte is Noise's, and privval messages flow on the bare encrypted stream. Its
/// identity is node_key.json (lp2p/utils.go, PrivateKeyFromCosmosKey; node/setup.go).</para>
/// <para>go-libp2p v0.47 (p2p/security/noise): Noise_XX_25519_ChaChaPoly_SHA256, no prologue (transport.go passes nil), a static key made anew for
/// every session, the first message with an empty payload, the other two with the identity (handshake.go; see <see cref="NoisePayload"/>). Every
/// message, before and after the handshake, follows its length in two bytes, big-endian; data is cut into pieces of 65519 bytes (rw.go).</para>
/// <para>Peer ids are compared as bytes after being computed anew from the received key. The initiator compares before it sends its own identity.
/// CometBFT accepts anyone in the handshake and only then compares, so a signer that the node does not expect ends its handshake without
/// an error: the node closes the connection, and the first read finds its end.</para>
/// </remarks>
public sealed class NoiseStream : Stream
{
    /// <summary>Most application bytes in one frame.</summary>
    public const int MaxData = NoiseHandshake.MaxMessage - CipherState.TagSize;

    private const int LengthSize = 2;

    private readonly Stream _inner;
    private readonly byte[] _frame = new byte[NoiseHandshake.MaxMessage];
    private readonly byte[] _opened = GC.AllocateArray<byte>(MaxData, pinned: true);
    private CipherState? _send;
    private CipherState? _receive;
    private Memory<byte> _unread;
    private string? _broken;

    private NoiseStream(Stream inner, PeerId remotePeer) => (_inner, RemotePeer) = (inner, remotePeer);

    /// <summary>The peer's proven identity.</summary>
    public PeerId RemotePeer { get; }

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

    /// <summary>Shakes hands as the end that dialled, over a connected stream, which the result then owns; it is closed on failure.</summary>
    /// <param name="inner">The connection.</param>
    /// <param name="identity">Our identity; stays the caller's.</param>
    /// <param name="peer">Who must be at the other end.</param>
    /// <param name="cancel">Ends a handshake that takes too long.</param>
    /// <exception cref="NoiseException">The peer failed the handshake.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    public static Task<NoiseStream> ConnectAsync(Stream inner, IdentityKey identity, PeerId peer, CancellationToken cancel) =>
        HandshakeAsync(inner, initiator: true, identity, peer, cancel);

    /// <summary>Shakes hands as the end that listened, as a node does; otherwise like <see cref="ConnectAsync"/>.</summary>
    /// <param name="inner">The connection.</param>
    /// <param name="identity">Our identity; stays the caller's.</param>
    /// <param name="peer">Who must be at the other end.</param>
    /// <param name="cancel">Ends a handshake that takes too long.</param>
    /// <exception cref="NoiseException">The peer failed the handshake.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    public static Task<NoiseStream> AcceptAsync(Stream inner, IdentityKey identity, PeerId peer, CancellationToken cancel) =>
        HandshakeAsync(inner, initiator: false, identity, peer, cancel);

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty || (_unread.IsEmpty && !await ReceiveAsync(cancellationToken).ConfigureAwait(false))) return 0;
        var count = Math.Min(buffer.Length, _unread.Length);
        _unread[..count].CopyTo(buffer);
        _unread = _unread[count..];
        return count;
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        for (; !buffer.IsEmpty; buffer = buffer[Math.Min(buffer.Length, MaxData)..])
        {
            var data = buffer[..Math.Min(buffer.Length, MaxData)];
            var frame = new byte[LengthSize + data.Length + CipherState.TagSize];
            if (_send!.Seal(default, data.Span, frame.AsSpan(LengthSize)) is { } error) throw new NoiseException(error);
            BinaryPrimitives.WriteUInt16BigEndian(frame, (ushort)(frame.Length - LengthSize));
            await _inner.WriteAsync(frame, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => _inner.FlushAsync(cancellationToken);

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

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _send?.Dispose();
            _receive?.Dispose();
            CryptographicOperations.ZeroMemory(_opened);
            _inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private static async Task<NoiseStream> HandshakeAsync(Stream inner, bool initiator, IdentityKey identity, PeerId peer, CancellationToken cancel)
    {
        using var staticKey = Key.Create(KeyAgreementAlgorithm.X25519);
        using var handshake = new NoiseHandshake(initiator, staticKey);
        var proof = NoisePayload.Encode(identity, staticKey.PublicKey.Export(KeyBlobFormat.RawPublicKey));
        var connection = new NoiseStream(inner, peer);
        try
        {
            while (!handshake.IsComplete)
            {
                if (handshake.IsOurTurn) await connection.SayAsync(handshake, handshake.Turn == 0 ? [] : proof, cancel).ConfigureAwait(false);
                else await connection.HearAsync(handshake, cancel).ConfigureAwait(false);
            }

            (connection._send, connection._receive) = handshake.Split();
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async ValueTask SayAsync(NoiseHandshake handshake, byte[] payload, CancellationToken cancel)
    {
        if (!handshake.TryWrite(payload, out var message, out var error)) throw Refused(error);
        var frame = new byte[LengthSize + message.Length];
        BinaryPrimitives.WriteUInt16BigEndian(frame, (ushort)message.Length);
        message.CopyTo(frame, LengthSize);
        await _inner.WriteAsync(frame, cancel).ConfigureAwait(false);
    }

    // The first message has no identity to check; whatever else it carries is not authenticated and is ignored, as in go-libp2p.
    private async ValueTask HearAsync(NoiseHandshake handshake, CancellationToken cancel)
    {
        var hasIdentity = handshake.Turn > 0;
        var length = await ReadFrameAsync(cancel).ConfigureAwait(false);
        if (length < 0) throw Refused("the peer closed the connection");
        if (!handshake.TryRead(_frame.AsSpan(0, length), out var payload, out var error)) throw Refused(error);
        if (hasIdentity && NoisePayload.Refuse(payload, handshake.RemoteStatic, RemotePeer) is { } reason) throw Refused(reason);
    }

    // False at the end of the stream. A read that failed or was given up may have lost bytes, so none after it is trusted.
    private async ValueTask<bool> ReceiveAsync(CancellationToken cancel)
    {
        if (_broken is not null) throw new NoiseException(_broken);
        _broken = "the connection broke off at an earlier read";
        var length = await ReadFrameAsync(cancel).ConfigureAwait(false);
        if (length >= 0) Open(_frame.AsSpan(0, length));
        _broken = null;
        return length >= 0;
    }

    private void Open(ReadOnlySpan<byte> frame)
    {
        var size = frame.Length - CipherState.TagSize;
        var error = size <= 0 ? "a frame without data" // No sender makes one, and a reader would wait on it for ever.
            : _receive!.Open(default, frame, _opened.AsSpan(0, size));
        if (error is not null) throw new NoiseException(_broken = error);
        _unread = _opened.AsMemory(0, size);
    }

    // Exactly one frame into the buffer, which holds the longest there can be; -1 at the end of the stream.
    private async ValueTask<int> ReadFrameAsync(CancellationToken cancel)
    {
        var got = await FillAsync(LengthSize, cancel).ConfigureAwait(false);
        if (got == 0) return -1;
        var length = BinaryPrimitives.ReadUInt16BigEndian(_frame);
        if (got < LengthSize || await FillAsync(length, cancel).ConfigureAwait(false) < length)
            throw new NoiseException("the connection was closed inside a frame");
        return length;
    }

    private ValueTask<int> FillAsync(int count, CancellationToken cancel) =>
        _inner.ReadAtLeastAsync(_frame.AsMemory(0, count), count, throwOnEndOfStream: false, cancel);

    private static NoiseException Refused(string reason) => new($"noise handshake failed: {reason}");
}
