using System.Buffers.Binary;
using System.Security.Cryptography;
using Kms.Harness.Wire;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using ChaCha20Poly1305 = Org.BouncyCastle.Crypto.Modes.ChaCha20Poly1305;

namespace Kms.Harness;

/// <summary>What a dishonest <see cref="NoisePeer"/> sends instead; null where it is honest.</summary>
/// <param name="Ephemeral">Changes its ephemeral public key; in place, before it is sent and hashed.</param>
/// <param name="Static">Changes its static public key, before it is sealed.</param>
/// <param name="Payload">Replaces its proof of identity, before it is sealed.</param>
public sealed record NoiseFlaw(Action<byte[]>? Ephemeral = null, Action<byte[]>? Static = null, Func<byte[], byte[]>? Payload = null);

/// <summary>The other end of libp2p's Noise, written line by line from the specifications (noiseprotocol.org revision 34; libp2p specs, noise and
/// peer-ids) with BouncyCastle's primitives: nothing here is shared with the product.</summary>
public sealed class NoisePeer
{
    private const int MaxData = 65535 - 16;

    private readonly Stream _stream;
    private readonly NoiseFlaw _flaw;
    private readonly Ed25519PrivateKeyParameters _identity;
    private readonly X25519PrivateKeyParameters _ephemeral = new(RandomNumberGenerator.GetBytes(32), 0);
    private readonly X25519PrivateKeyParameters _static = new(RandomNumberGenerator.GetBytes(32), 0);
    private readonly Queue<byte> _unread = new();
    private byte[] _hash;
    private byte[] _chainingKey;
    private byte[]? _key;
    private ulong _nonce;
    private byte[] _sendKey = [];
    private byte[] _receiveKey = [];
    private ulong _sent;
    private ulong _received;

    private NoisePeer(Stream stream, byte[] identity, NoiseFlaw? flaw)
    {
        (_stream, _identity, _flaw) = (stream, new Ed25519PrivateKeyParameters(identity, 0), flaw ?? new NoiseFlaw());
        _hash = _chainingKey = "Noise_XX_25519_ChaChaPoly_SHA256"u8.ToArray();
        MixHash([]); // The prologue.
    }

    /// <summary>The Ed25519 key the other end has proven.</summary>
    public byte[] RemoteKey { get; private set; } = [];

    /// <summary>Shakes hands as the end that dialled.</summary>
    /// <param name="stream">The connection.</param>
    /// <param name="identity">Ed25519 seed.</param>
    /// <param name="flaw">How it misbehaves; null for an honest peer.</param>
    /// <param name="ct">Gives up.</param>
    /// <exception cref="InvalidCipherTextException">The other end sealed with another key.</exception>
    /// <exception cref="CryptographicException">The other end proved nothing.</exception>
    public static async Task<NoisePeer> ConnectAsync(Stream stream, byte[] identity, NoiseFlaw? flaw = null, CancellationToken ct = default)
    {
        var peer = new NoisePeer(stream, identity, flaw);
        await peer.SendAsync([.. peer.OurEphemeral(), .. peer.Encrypt([])], ct);

        var second = await peer.FrameAsync(ct);
        var remoteEphemeral = second[..32];
        peer.MixHash(remoteEphemeral);
        peer.MixKey(peer._ephemeral, remoteEphemeral);
        var remoteStatic = peer.Decrypt(second[32..80]);
        peer.MixKey(peer._ephemeral, remoteStatic);
        peer.Verify(peer.Decrypt(second[80..]), remoteStatic);

        var sealedStatic = peer.Encrypt(peer.OurStatic());
        peer.MixKey(peer._static, remoteEphemeral);
        await peer.SendAsync([.. sealedStatic, .. peer.Encrypt(peer.Proof())], ct);
        (peer._sendKey, peer._receiveKey) = peer.Hkdf([]);
        return peer;
    }

    /// <summary>Shakes hands as the end that listened; otherwise like <see cref="ConnectAsync"/>.</summary>
    public static async Task<NoisePeer> AcceptAsync(Stream stream, byte[] identity, NoiseFlaw? flaw = null, CancellationToken ct = default)
    {
        var peer = new NoisePeer(stream, identity, flaw);
        var first = await peer.FrameAsync(ct);
        var remoteEphemeral = first[..32];
        peer.MixHash(remoteEphemeral);
        peer.Decrypt(first[32..]);

        var ephemeral = peer.OurEphemeral();
        peer.MixKey(peer._ephemeral, remoteEphemeral);
        var sealedStatic = peer.Encrypt(peer.OurStatic());
        peer.MixKey(peer._static, remoteEphemeral);
        await peer.SendAsync([.. ephemeral, .. sealedStatic, .. peer.Encrypt(peer.Proof())], ct);

        var third = await peer.FrameAsync(ct);
        var remoteStatic = peer.Decrypt(third[..48]);
        peer.MixKey(peer._ephemeral, remoteStatic);
        peer.Verify(peer.Decrypt(third[48..]), remoteStatic);
        (peer._receiveKey, peer._sendKey) = peer.Hkdf([]);
        return peer;
    }

    /// <summary>Seals at most 65519 bytes into a message, without its length, as the next one sent.</summary>
    public byte[] Seal(byte[] data) => Cipher(true, _sendKey, _sent++, [], data);

    /// <summary>Sends a message with its length.</summary>
    public async Task SendAsync(byte[] message, CancellationToken ct = default)
    {
        var frame = new byte[2 + message.Length];
        BinaryPrimitives.WriteUInt16BigEndian(frame, (ushort)message.Length);
        message.CopyTo(frame, 2);
        await _stream.WriteAsync(frame, ct);
    }

    /// <summary>Sends bytes in as many frames as they need.</summary>
    public async Task WriteAsync(byte[] data, CancellationToken ct = default)
    {
        foreach (var chunk in data.Chunk(MaxData)) await SendAsync(Seal(chunk), ct);
    }

    /// <summary>Receives the data of the next message; null when the connection ended before one.</summary>
    public async Task<byte[]?> ReceiveAsync(CancellationToken ct) =>
        await NextFrameAsync(ct) is { } message ? Cipher(false, _receiveKey, _received++, [], message) : null;

    /// <summary>Receives exactly <paramref name="count"/> bytes.</summary>
    public async Task<byte[]> ReadAsync(int count)
    {
        while (_unread.Count < count)
        {
            foreach (var b in await ReceiveAsync(default) ?? throw new EndOfStreamException()) _unread.Enqueue(b);
        }

        return [.. Enumerable.Range(0, count).Select(_ => _unread.Dequeue())];
    }

    private byte[] OurEphemeral()
    {
        var key = _ephemeral.GeneratePublicKey().GetEncoded();
        _flaw.Ephemeral?.Invoke(key);
        MixHash(key);
        return key;
    }

    private byte[] OurStatic()
    {
        var key = _static.GeneratePublicKey().GetEncoded();
        _flaw.Static?.Invoke(key);
        return key;
    }

    // identity_key = 1 { Type = 1 (Ed25519), Data = 2 }, identity_sig = 2, extensions = 4: empty but there, as go-libp2p sends them.
    private byte[] Proof()
    {
        var signer = new Ed25519Signer();
        signer.Init(forSigning: true, _identity);
        signer.BlockUpdate([.. "noise-libp2p-static-key:"u8, .. _static.GeneratePublicKey().GetEncoded()]);
        byte[] proof = [0x0A, 36, 8, 1, 0x12, 32, .. _identity.GeneratePublicKey().GetEncoded(), 0x12, 64, .. signer.GenerateSignature(), 0x22, 0];
        return _flaw.Payload?.Invoke(proof) ?? proof;
    }

    private void Verify(byte[] proof, byte[] remoteStatic)
    {
        var payload = NoiseHandshakePayload.Parser.ParseFrom(proof);
        var (key, signature) = (payload.IdentityKey.ToByteArray(), payload.IdentitySig.ToByteArray());
        if (!key.AsSpan().StartsWith((byte[])[8, 1, 0x12, 32]) || key.Length != 36) throw new CryptographicException("no Ed25519 key for an identity");
        RemoteKey = key[4..];
        var verifier = new Ed25519Signer();
        verifier.Init(forSigning: false, new Ed25519PublicKeyParameters(RemoteKey, 0));
        verifier.BlockUpdate([.. "noise-libp2p-static-key:"u8, .. remoteStatic]);
        if (!verifier.VerifySignature(signature)) throw new CryptographicException("the other end signed another key");
    }

    private void MixHash(byte[] data) => _hash = SHA256.HashData([.. _hash, .. data]);

    private void MixKey(X25519PrivateKeyParameters ours, byte[] theirs)
    {
        // A dishonest peer goes on where BouncyCastle would refuse the other key, which is honest: its own may be the bad one.
        var secret = new byte[32];
        ours.GenerateSecret(new X25519PublicKeyParameters(theirs, 0), secret, 0);
        (_chainingKey, _key) = Hkdf(secret);
        _nonce = 0;
    }

    // HKDF with two outputs, in the words of Noise 4.3.
    private (byte[] First, byte[] Second) Hkdf(byte[] input)
    {
        var temp = HMACSHA256.HashData(_chainingKey, input);
        var first = HMACSHA256.HashData(temp, (byte[])[1]);
        return (first, HMACSHA256.HashData(temp, (byte[])[.. first, 2]));
    }

    private byte[] Encrypt(byte[] plain)
    {
        var result = _key is null ? plain : Cipher(true, _key, _nonce++, _hash, plain);
        MixHash(result);
        return result;
    }

    private byte[] Decrypt(byte[] sealedBytes)
    {
        var result = _key is null ? sealedBytes : Cipher(false, _key, _nonce++, _hash, sealedBytes);
        MixHash(sealedBytes);
        return result;
    }

    private async Task<byte[]> FrameAsync(CancellationToken ct) => await NextFrameAsync(ct) ?? throw new EndOfStreamException("the other end hung up");

    private async Task<byte[]?> NextFrameAsync(CancellationToken ct)
    {
        var length = new byte[2];
        if (await _stream.ReadAsync(length.AsMemory(0, 1), ct) == 0) return null;
        await _stream.ReadExactlyAsync(length.AsMemory(1), ct);
        var message = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
        await _stream.ReadExactlyAsync(message, ct);
        return message;
    }

    private static byte[] Cipher(bool seal, byte[] key, ulong counter, byte[] associated, byte[] input)
    {
        var nonce = new byte[12];
        BinaryPrimitives.WriteUInt64LittleEndian(nonce.AsSpan(4), counter);
        var cipher = new ChaCha20Poly1305();
        cipher.Init(seal, new AeadParameters(new KeyParameter(key), 128, nonce, associated));
        var output = new byte[cipher.GetOutputSize(input.Length)];
        var length = cipher.ProcessBytes(input, 0, input.Length, output, 0);
        cipher.DoFinal(output, length);
        return output;
    }
}
