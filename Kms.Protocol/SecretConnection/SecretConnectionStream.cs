using Kms.Core.Signing;
using Kms.Protocol.Framing;
using Kms.Protocol.SignBytes;
using NSec.Cryptography;
using PublicKey = Kms.Core.Signing.PublicKey;

namespace Kms.Protocol.SecretConnection;

/// <summary>A peer that does not speak SecretConnection, could not prove its identity, or sent a frame that is not genuine.</summary>
public sealed class SecretConnectionException(string message) : IOException(message);

/// <summary>An authenticated, encrypted stream to a CometBFT peer (cometbft p2p/conn/secret_connection.go, spec/p2p): both ends
/// behave alike, whoever dialled. One reader and one writer at a time.</summary>
public sealed class SecretConnectionStream : SecuredStream
{
    private readonly FrameCipher _receive;
    private readonly FrameCipher _send;
    private readonly byte[] _sealed = new byte[FrameCipher.SealedSize];
    private readonly byte[] _opened = GC.AllocateArray<byte>(FrameCipher.MaxData, pinned: true);

    private SecretConnectionStream(Stream inner, HandshakeSecrets secrets) : base(inner)
    {
        _receive = new FrameCipher(secrets.ReceiveKey);
        _send = new FrameCipher(secrets.SendKey);
    }

    /// <summary>The peer's proven identity.</summary>
    public PublicKey RemoteKey { get; private set; } = null!;

    /// <summary>Shakes hands over a connected stream, which the result then owns; it is closed on failure.</summary>
    /// <param name="inner">The connection.</param>
    /// <param name="identity">Our identity; stays the caller's.</param>
    /// <param name="cancel">Ends a handshake that takes too long.</param>
    /// <exception cref="SecretConnectionException">The peer failed the handshake.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    public static async Task<SecretConnectionStream> HandshakeAsync(Stream inner, IdentityKey identity, CancellationToken cancel)
    {
        using var ephemeral = Key.Create(KeyAgreementAlgorithm.X25519);
        return await HandshakeAsync(inner, identity, ephemeral, cancel).ConfigureAwait(false);
    }

    internal static async Task<SecretConnectionStream> HandshakeAsync(
        Stream inner, IdentityKey identity, Key ephemeral, CancellationToken cancel)
    {
        SecretConnectionStream? connection = null;
        try
        {
            var local = ephemeral.PublicKey.Export(KeyBlobFormat.RawPublicKey);
            await inner.WriteAsync(HandshakeMessages.EncodeEphemeral(local), cancel).ConfigureAwait(false);
            var body = await ReadMessageAsync(inner, cancel).ConfigureAwait(false);
            var remote = new byte[local.Length];
            if (!HandshakeMessages.TryDecodeEphemeral(body.Span, remote, out var error)) throw Refused(error!);
            using var secrets = HandshakeSecrets.Derive(ephemeral, remote) ?? throw Refused("the peer's ephemeral key is a low-order point");

            connection = new SecretConnectionStream(inner, secrets);
            var proof = HandshakeMessages.EncodeAuth(identity.PublicKey, identity.Sign(secrets.Challenge));
            await connection.WriteAsync(proof, cancel).ConfigureAwait(false);
            body = await ReadMessageAsync(connection, cancel).ConfigureAwait(false);
            if (!HandshakeMessages.TryDecodeAuth(body.Span, out var key, out var signature, out error)) throw Refused(error!);
            if (!SignatureVerifier.Verify(key!, secrets.Challenge, signature!)) throw Refused("the peer could not prove its identity");
            connection.RemoteKey = key!;
            return connection;
        }
        catch
        {
            await (connection ?? inner).DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = (buffer.Length + FrameCipher.MaxData - 1) / FrameCipher.MaxData;
        var frames = new byte[count * FrameCipher.SealedSize];
        for (var i = 0; i < count; i++)
        {
            var chunk = buffer.Span[(i * FrameCipher.MaxData)..];
            _send.Seal(chunk[..Math.Min(chunk.Length, FrameCipher.MaxData)], frames.AsSpan(i * FrameCipher.SealedSize, FrameCipher.SealedSize));
        }

        await Inner.WriteAsync(frames, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override async ValueTask<Memory<byte>> ReceiveAsync(CancellationToken cancel)
    {
        var got = await Inner.ReadAtLeastAsync(_sealed, _sealed.Length, throwOnEndOfStream: false, cancel).ConfigureAwait(false);
        if (got == 0) return default;
        if (got < _sealed.Length) throw new SecretConnectionException("the connection was closed inside a frame");
        var size = _receive.Open(_sealed, _opened, out var error);
        return error is null ? _opened.AsMemory(0, size) : throw new SecretConnectionException(error);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _receive.Dispose();
            _send.Dispose();
            _opened.AsSpan().Clear();
        }

        base.Dispose(disposing);
    }

    // Byte by byte up to the announced length: not one byte beyond the message may be taken from the plain stream.
    private static async ValueTask<ReadOnlyMemory<byte>> ReadMessageAsync(Stream stream, CancellationToken cancel)
    {
        var buffer = new byte[HandshakeMessages.MaxSize + 10];
        for (var length = 0; ;)
        {
            var status = FrameParser.Parse(buffer.AsSpan(0, length), HandshakeMessages.MaxSize, out var body, out var error);
            if (status == FrameStatus.Broken) throw Refused(error!);
            if (status == FrameStatus.Complete) return buffer.AsMemory(0, length)[body];
            var wanted = body.End.Value > length ? body.End.Value - length : 1;
            var got = await stream.ReadAsync(buffer.AsMemory(length, wanted), cancel).ConfigureAwait(false);
            if (got == 0) throw Refused("the peer closed the connection");
            length += got;
        }
    }

    private static SecretConnectionException Refused(string reason) => new($"secret connection handshake failed: {reason}");
}
