using System.Buffers.Binary;
using Kms.Protocol.Framing;
using Kms.Protocol.SecretConnection;
using NSec.Cryptography;

namespace Kms.Fuzz.Targets;

/// <summary>Nobody but the owner of a key is taken for it, and what is read is what was sealed. All keys are fixed, so that a conversation is a
/// sequence of bytes. Input: a kind, then either all that the peer sends, or what it seals after an honest key exchange (see
/// <see cref="Records"/>).</summary>
internal static class SecretConnectionTarget
{
    private const int Raw = 0;
    private const int Sealed = 1;

    private static readonly IdentityKey Identity = IdentityKey.FromSeed(Secret(1));
    private static readonly IdentityKey PeerIdentity = IdentityKey.FromSeed(Secret(2));
    private static readonly Key Ephemeral = Exchange(3);
    private static readonly Key PeerEphemeral = Exchange(4);
    private static readonly HandshakeSecrets PeerSecrets = HandshakeSecrets.Derive(PeerEphemeral, Public(Ephemeral))!;
    private static readonly byte[] Hello = HandshakeMessages.EncodeEphemeral(Public(PeerEphemeral));
    private static readonly byte[] Proof = HandshakeMessages.EncodeAuth(PeerIdentity.PublicKey, PeerIdentity.Sign(PeerSecrets.Challenge));

    public static bool Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty) return false;
        var records = input[0] % 2 == Sealed ? Records.Read(input[1..]) : null;
        byte[] incoming = records is null ? input[1..].ToArray() : [.. Hello, .. Seal(records)];
        try
        {
            var task = SecretConnectionStream.HandshakeAsync(new Wire(incoming, 1 + input[0]), Identity, Ephemeral, CancellationToken.None);
            using var connection = Wire.Now(new ValueTask<SecretConnectionStream>(task));
            Property.Holds(connection.RemoteKey == PeerIdentity.PublicKey, "the peer proved an identity whose key it does not have");
            var (data, _) = Wire.ReadAll(connection);
            if (records is not null) Property.Holds(data.AsSpan().SequenceEqual(Expected(records)), "what was read is not what was sealed");
            return true;
        }
        catch (SecretConnectionException)
        {
            return false;
        }
    }

    /// <summary>An honest conversation of each kind, and several frames.</summary>
    public static IEnumerable<byte[]> Seeds()
    {
        var (proof, data) = (Records.Of(Proof), Records.Of([1, 2, 3]));
        byte[] split = [.. Records.Of(Proof[..40]), .. Records.Of([.. Proof[40..], 9, 9])];
        yield return [Raw, .. Hello, .. Seal(Records.Read([.. proof, .. data]))];
        yield return [Raw | 128, .. Hello];
        yield return [Sealed, .. proof];
        yield return [Sealed | 128, .. split, .. data, .. Records.Of(new byte[1024]), .. Records.Of([])];
        yield return [Sealed | 128, .. proof, 1, 4, 0, 0, 7];
    }

    // What follows the proof in the frames up to the first bad one.
    private static byte[] Expected(IEnumerable<Record> records)
    {
        byte[] stream = [.. records.TakeWhile(record => record.Announced is >= 1 and <= 1024).SelectMany(record => record.Data)];
        FrameParser.Parse(stream, 1024, out var proof, out _);
        return stream[proof.End..];
    }

    private static byte[] Seal(IReadOnlyList<Record> records)
    {
        using var key = Key.Import(AeadAlgorithm.ChaCha20Poly1305, PeerSecrets.SendKey, KeyBlobFormat.RawSymmetricKey);
        var frames = new byte[records.Count * 1044];
        var (plain, nonce) = (new byte[1028], new byte[12]);
        for (var i = 0; i < records.Count; i++)
        {
            plain.AsSpan().Clear();
            BinaryPrimitives.WriteUInt32LittleEndian(plain, records[i].Announced);
            records[i].Data.CopyTo(plain, 4);
            BinaryPrimitives.WriteInt64LittleEndian(nonce.AsSpan(4), i);
            AeadAlgorithm.ChaCha20Poly1305.Encrypt(key, nonce, default, plain, frames.AsSpan(i * 1044, 1044));
        }

        return frames;
    }

    private static byte[] Secret(byte value) => Enumerable.Repeat(value, 32).ToArray();

    private static Key Exchange(byte value) => Key.Import(KeyAgreementAlgorithm.X25519, Secret(value), KeyBlobFormat.RawPrivateKey);

    private static byte[] Public(Key key) => key.PublicKey.Export(KeyBlobFormat.RawPublicKey);

    /// <summary>A frame before it is sealed.</summary>
    /// <param name="Announced">The length it announces.</param>
    /// <param name="Data">Its data: as many bytes as announced, at most 1024; zeroes where the input had no more.</param>
    private sealed record Record(uint Announced, byte[] Data);

    /// <summary>Frames in an input: the announced length in 4 bytes, little-endian, and the data.</summary>
    private static class Records
    {
        private const int Most = 5;

        public static List<Record> Read(ReadOnlySpan<byte> input)
        {
            var records = new List<Record>();
            while (input.Length >= 4 && records.Count < Most)
            {
                var announced = BinaryPrimitives.ReadUInt32LittleEndian(input);
                input = input[4..];
                var data = new byte[Math.Min(announced, 1024)];
                var given = Math.Min(data.Length, input.Length);
                input[..given].CopyTo(data);
                input = input[given..];
                records.Add(new Record(announced, data));
            }

            return records;
        }

        public static byte[] Of(byte[] data) => [.. BitConverter.GetBytes(data.Length), .. data];
    }
}
