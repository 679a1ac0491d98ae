using System.Security.Cryptography;
using Kms.Protocol.Framing;
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
public sealed class NoiseStream : SecuredStream
{
    /// <summary>Most application bytes in one frame.</summary>
    public const int MaxData = NoiseHandshake.MaxMessage - CipherState.TagSize;

    private readonly NoiseFrames _frames;
    private readonly CipherState _send;
    private readonly CipherState _receive;
    private readonly byte[] _opened = GC.AllocateArray<byte>(MaxData, pinned: true);

    internal NoiseStream(Stream inner, PeerId remotePeer, CipherState send, CipherState receive) : base(inner) =>
        (RemotePeer, _send, _receive, _frames) = (remotePeer, send, receive, new NoiseFrames(inner));

    /// <summary>The peer's proven identity.</summary>
    public PeerId RemotePeer { get; }

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
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        for (; !buffer.IsEmpty; buffer = buffer[Math.Min(buffer.Length, MaxData)..])
        {
            var data = buffer[..Math.Min(buffer.Length, MaxData)];
            var frame = NoiseFrames.New(data.Length + CipherState.TagSize, out var message);
            if (_send.Seal(default, data.Span, message) is { } error) throw new NoiseException(error);
            await Inner.WriteAsync(frame, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _send.Dispose();
            _receive.Dispose();
            CryptographicOperations.ZeroMemory(_opened);
        }

        base.Dispose(disposing);
    }

    /// <inheritdoc/>
    protected override async ValueTask<Memory<byte>> ReceiveAsync(CancellationToken cancel) =>
        await _frames.ReadAsync(cancel).ConfigureAwait(false) is { } message ? Open(message.Span) : default;

    private Memory<byte> Open(ReadOnlySpan<byte> message)
    {
        var data = _opened.AsMemory(0, Math.Max(0, message.Length - CipherState.TagSize));
        var error = data.IsEmpty ? "a frame without data" // No sender makes one, and a reader would wait on it for ever.
            : _receive.Open(default, message, data.Span);
        return error is null ? data : throw new NoiseException(error);
    }

    private static async Task<NoiseStream> HandshakeAsync(Stream inner, bool initiator, IdentityKey identity, PeerId peer, CancellationToken cancel)
    {
        try
        {
            using var staticKey = Key.Create(KeyAgreementAlgorithm.X25519);
            using var handshake = new NoiseHandshake(initiator, staticKey);
            var frames = new NoiseFrames(inner);
            var proof = NoisePayload.Encode(identity, staticKey.PublicKey.Export(KeyBlobFormat.RawPublicKey));
            while (!handshake.IsComplete)
            {
                if (handshake.IsOurTurn) await inner.WriteAsync(Say(handshake, proof), cancel).ConfigureAwait(false);
                else if (await frames.ReadAsync(cancel).ConfigureAwait(false) is { } message) Hear(handshake, message.Span, peer);
                else throw new NoiseException("the peer closed the connection");
            }

            var (send, receive) = handshake.Split();
            return new NoiseStream(inner, peer, send, receive);
        }
        catch (Exception e)
        {
            await inner.DisposeAsync().ConfigureAwait(false);
            if (e is NoiseException) throw new NoiseException($"noise handshake failed: {e.Message}");
            throw;
        }
    }

    private static byte[] Say(NoiseHandshake handshake, byte[] proof)
    {
        if (!handshake.TryWrite(handshake.Turn == 0 ? [] : proof, out var message, out var error)) throw new NoiseException(error);
        var frame = NoiseFrames.New(message.Length, out var body);
        message.CopyTo(body);
        return frame;
    }

    // The first message carries no identity; whatever else it does is not authenticated and is ignored, as in go-libp2p.
    private static void Hear(NoiseHandshake handshake, ReadOnlySpan<byte> message, PeerId peer)
    {
        var hasIdentity = handshake.Turn > 0;
        if (!handshake.TryRead(message, out var payload, out var error)) throw new NoiseException(error);
        if (hasIdentity && NoisePayload.Refuse(payload, handshake.RemoteStatic, peer) is { } reason) throw new NoiseException(reason);
    }
}
