using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Org.BouncyCastle.Crypto.Agreement;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using ChaCha20Poly1305 = Org.BouncyCastle.Crypto.Modes.ChaCha20Poly1305;

namespace Kms.Testing;

/// <summary>The other end of a SecretConnection, written from the specifications alone (cometbft spec/p2p, merlin.cool, strobe.sourceforge.io)
/// with BouncyCastle's primitives: nothing here is shared with the product, so that a mistake of one end shows at the other.</summary>
public sealed class SecretPeer
{
    private const int DataSize = 1024;
    private const int FrameSize = 4 + DataSize;
    private const int TagSize = 16;

    private readonly Stream _stream;
    private readonly byte[] _receiveKey;
    private readonly byte[] _sendKey;
    private readonly Queue<byte> _unread = new();
    private ulong _received;
    private ulong _sent;

    private SecretPeer(Stream stream, byte[] receiveKey, byte[] sendKey) => (_stream, _receiveKey, _sendKey) = (stream, receiveKey, sendKey);

    /// <summary>The Ed25519 key the other end has proven.</summary>
    public byte[] RemoteKey { get; private set; } = [];

    /// <summary>Whether our ephemeral key was the lower one, which decides who uses which key.</summary>
    public bool WasLower { get; private init; }

    /// <summary>Shakes hands.</summary>
    /// <param name="stream">The connection.</param>
    /// <param name="identity">Ed25519 seed.</param>
    /// <param name="spoil">Changes the proof of identity before it is sent; null for an honest peer.</param>
    /// <exception cref="CryptographicException">The other end proved nothing.</exception>
    public static async Task<SecretPeer> HandshakeAsync(Stream stream, byte[] identity, Action<byte[]>? spoil = null)
    {
        var ephemeral = new X25519PrivateKeyParameters(RandomNumberGenerator.GetBytes(32), 0);
        var local = ephemeral.GeneratePublicKey().GetEncoded();
        await stream.WriteAsync((byte[])[34, 0x0A, 32, .. local]);
        var hello = await Exactly(stream, 35);
        if (hello[0] != 34 || hello[1] != 0x0A || hello[2] != 32) throw new CryptographicException("no ephemeral key");
        var remote = hello[3..];

        var secret = new byte[32];
        var agreement = new X25519Agreement();
        agreement.Init(ephemeral);
        agreement.CalculateAgreement(new X25519PublicKeyParameters(remote, 0), secret, 0);

        var lower = local.AsSpan().SequenceCompareTo(remote) < 0;
        var keys = new byte[64];
        var hkdf = new HkdfBytesGenerator(new Sha256Digest());
        hkdf.Init(new HkdfParameters(secret, null, Encoding.ASCII.GetBytes("TENDERMINT_SECRET_CONNECTION_KEY_AND_CHALLENGE_GEN")));
        hkdf.GenerateBytes(keys, 0, keys.Length);

        var transcript = new Transcript("TENDERMINT_SECRET_CONNECTION_TRANSCRIPT_HASH");
        transcript.Append("EPHEMERAL_LOWER_PUBLIC_KEY", lower ? local : remote);
        transcript.Append("EPHEMERAL_UPPER_PUBLIC_KEY", lower ? remote : local);
        transcript.Append("DH_SECRET", secret);
        var challenge = transcript.Challenge("SECRET_CONNECTION_MAC", 32);

        var peer = new SecretPeer(stream, lower ? keys[..32] : keys[32..], lower ? keys[32..] : keys[..32]) { WasLower = lower };
        await peer.ProveAsync(challenge, new Ed25519PrivateKeyParameters(identity, 0), spoil);
        await peer.VerifyAsync(challenge);
        return peer;
    }

    /// <summary>Sends bytes in as many frames as they need.</summary>
    public async Task WriteAsync(ReadOnlyMemory<byte> data)
    {
        for (; !data.IsEmpty; data = data[Math.Min(DataSize, data.Length)..])
        {
            var frame = new byte[FrameSize];
            var chunk = data[..Math.Min(DataSize, data.Length)];
            BinaryPrimitives.WriteUInt32LittleEndian(frame, (uint)chunk.Length);
            chunk.Span.CopyTo(frame.AsSpan(4));
            await _stream.WriteAsync(Cipher(true, _sendKey, _sent++, frame));
        }
    }

    /// <summary>Receives exactly <paramref name="count"/> bytes.</summary>
    public async Task<byte[]> ReadAsync(int count)
    {
        while (_unread.Count < count)
        {
            var frame = Cipher(false, _receiveKey, _received++, await Exactly(_stream, FrameSize + TagSize));
            foreach (var b in frame.AsSpan(4, (int)BinaryPrimitives.ReadUInt32LittleEndian(frame))) _unread.Enqueue(b);
        }

        return [.. Enumerable.Range(0, count).Select(_ => _unread.Dequeue())];
    }

    // AuthSigMessage { PublicKey { ed25519 = 1 } = 1, sig = 2 } with its length in front: 1 + 36 + 66 bytes.
    private async Task ProveAsync(byte[] challenge, Ed25519PrivateKeyParameters identity, Action<byte[]>? spoil)
    {
        var signer = new Ed25519Signer();
        signer.Init(forSigning: true, identity);
        signer.BlockUpdate(challenge);
        byte[] proof = [102, 0x0A, 34, 0x0A, 32, .. identity.GeneratePublicKey().GetEncoded(), 0x12, 64, .. signer.GenerateSignature()];
        spoil?.Invoke(proof);
        await WriteAsync(proof);
    }

    private async Task VerifyAsync(byte[] challenge)
    {
        var proof = await ReadAsync(103);
        RemoteKey = proof[5..37];
        var verifier = new Ed25519Signer();
        verifier.Init(forSigning: false, new Ed25519PublicKeyParameters(RemoteKey, 0));
        verifier.BlockUpdate(challenge);
        if (!verifier.VerifySignature(proof[39..])) throw new CryptographicException("the other end signed another challenge");
    }

    private static byte[] Cipher(bool seal, byte[] key, ulong counter, byte[] input)
    {
        var nonce = new byte[12];
        BinaryPrimitives.WriteUInt64LittleEndian(nonce.AsSpan(4), counter);
        var cipher = new ChaCha20Poly1305();
        cipher.Init(seal, new AeadParameters(new KeyParameter(key), 8 * TagSize, nonce));
        var output = new byte[cipher.GetOutputSize(input.Length)];
        var length = cipher.ProcessBytes(input, 0, input.Length, output, 0);
        cipher.DoFinal(output, length);
        return output;
    }

    private static async Task<byte[]> Exactly(Stream stream, int count)
    {
        var bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes);
        return bytes;
    }

    /// <summary>Merlin over STROBE-128, in the words of their specifications.</summary>
    private sealed class Transcript
    {
        private const int R = 166;
        private const byte I = 1, A = 2, C = 4, M = 16;

        private readonly byte[] _st = new byte[200];
        private int _pos;
        private int _posBegin;

        public Transcript(string protocol)
        {
            ((byte[])[1, R + 2, 1, 0, 1, 96, .. "STROBEv1.0.2"u8]).CopyTo(_st, 0);
            KeccakF1600(_st);
            MetaAd("Merlin v1.0"u8, more: false);
            Append("dom-sep", Encoding.ASCII.GetBytes(protocol));
        }

        public void Append(string label, byte[] message)
        {
            Label(label, message.Length);
            BeginOp(A);
            Absorb(message);
        }

        public byte[] Challenge(string label, int length)
        {
            Label(label, length);
            BeginOp(I | A | C);
            var output = new byte[length];
            for (var i = 0; i < length; i++)
            {
                (output[i], _st[_pos]) = (_st[_pos], 0);
                if (++_pos == R) RunF();
            }

            return output;
        }

        private void Label(string label, int length)
        {
            MetaAd(Encoding.ASCII.GetBytes(label), more: false);
            MetaAd(BitConverter.GetBytes(length), more: true);
        }

        private void MetaAd(ReadOnlySpan<byte> data, bool more)
        {
            if (!more) BeginOp(M | A);
            Absorb(data);
        }

        private void BeginOp(byte flags)
        {
            var oldBegin = (byte)_posBegin;
            _posBegin = _pos + 1;
            Absorb([oldBegin, flags]);
            if ((flags & C) != 0 && _pos != 0) RunF();
        }

        private void Absorb(ReadOnlySpan<byte> data)
        {
            foreach (var b in data)
            {
                _st[_pos] ^= b;
                if (++_pos == R) RunF();
            }
        }

        private void RunF()
        {
            _st[_pos] ^= (byte)_posBegin;
            _st[_pos + 1] ^= 0x04;
            _st[R + 1] ^= 0x80;
            KeccakF1600(_st);
            (_pos, _posBegin) = (0, 0);
        }

        // FIPS 202, 3.2 and 3.3, with offsets and constants computed from their definitions instead of tables.
        private static void KeccakF1600(byte[] state)
        {
            var a = new ulong[5, 5];
            for (var x = 0; x < 5; x++)
                for (var y = 0; y < 5; y++) a[x, y] = BinaryPrimitives.ReadUInt64LittleEndian(state.AsSpan(8 * (x + (5 * y))));

            var lfsr = 1;
            for (var round = 0; round < 24; round++)
            {
                var theta = new ulong[5];
                for (var x = 0; x < 5; x++) theta[x] = a[x, 0] ^ a[x, 1] ^ a[x, 2] ^ a[x, 3] ^ a[x, 4];
                for (var x = 0; x < 5; x++)
                    for (var y = 0; y < 5; y++) a[x, y] ^= theta[(x + 4) % 5] ^ ulong.RotateLeft(theta[(x + 1) % 5], 1);

                var b = new ulong[5, 5];
                b[0, 0] = a[0, 0];
                var (px, py) = (1, 0);
                for (var t = 0; t < 24; t++)
                {
                    var (qx, qy) = (py, ((2 * px) + (3 * py)) % 5);
                    b[qx, qy] = ulong.RotateLeft(a[px, py], (t + 1) * (t + 2) / 2 % 64);
                    (px, py) = (qx, qy);
                }

                for (var x = 0; x < 5; x++)
                    for (var y = 0; y < 5; y++) a[x, y] = b[x, y] ^ (~b[(x + 1) % 5, y] & b[(x + 2) % 5, y]);

                for (var j = 0; j <= 6; j++)
                {
                    if ((lfsr & 1) != 0) a[0, 0] ^= 1UL << ((1 << j) - 1);
                    lfsr = (lfsr << 1) ^ ((lfsr & 0x80) != 0 ? 0x171 : 0);
                }
            }

            for (var x = 0; x < 5; x++)
                for (var y = 0; y < 5; y++) BinaryPrimitives.WriteUInt64LittleEndian(state.AsSpan(8 * (x + (5 * y))), a[x, y]);
        }
    }
}
