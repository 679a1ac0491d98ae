using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Testing;
using NSec.Cryptography;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using PublicKey = Kms.Core.Signing.PublicKey;

namespace Kms.Protocol.Tests;

/// <summary>What every CometBFT vector file has in common.</summary>
internal static class CometBft
{
    /// <summary>Versions of which there are vectors.</summary>
    public static TheoryData<string> Versions => ["v0.34", "v0.38", "v1.0"];

    public static Vector Load(string version, string file) => Vectors.Load($"cometbft/{version}/{file}");

    /// <summary>Whether a vector is about 1.0's SignBytes, which this signer answers by rules of its own: RawBytesTests.</summary>
    public static bool IsSignBytes(Vector vector) =>
        new[] { "kind", "response_kind" }.Any(field => vector.Text(field).StartsWith("SignBytes", StringComparison.Ordinal));

    /// <summary>Whether a version has vote extensions.</summary>
    public static bool HasExtensions(string version) => version != "v0.34";

    public static PublicKey PublicKey(Vector file) => new(KeyAlgorithm.Ed25519, file.In("meta").Hex("ed25519_pubkey"));

    /// <summary>The keys of a version's files, of both algorithms.</summary>
    public static IReadOnlyList<Vector> Keys(string version)
    {
        var keys = Load(version, "files").All("keys");
        Assert.Equal(["ed25519", "secp256k1"], keys.Select(key => key.Text("type")).Distinct());
        return keys;
    }

    /// <summary>A public key with its type.</summary>
    public static PublicKey KeyOf(Vector key, string type = "type") =>
        new(key.Text(type) == "secp256k1" ? KeyAlgorithm.Secp256k1 : KeyAlgorithm.Ed25519, key.Hex("pub_key_bytes"));

    public static byte[] Seed(Vector file) => file.In("meta").Hex("ed25519_seed");

    /// <summary>Signs with libsodium.</summary>
    public static Signature Sign(byte[] seed, ReadOnlySpan<byte> message)
    {
        using var key = Key.Import(SignatureAlgorithm.Ed25519, seed, KeyBlobFormat.RawPrivateKey);
        return new Signature(SignatureAlgorithm.Ed25519.Sign(key, message));
    }

    /// <summary>Signs with a second, independent implementation.</summary>
    public static Signature SignWithBouncyCastle(byte[] seed, byte[] message)
    {
        var signer = new Ed25519Signer();
        signer.Init(forSigning: true, new Ed25519PrivateKeyParameters(seed));
        signer.BlockUpdate(message, 0, message.Length);
        return new Signature(signer.GenerateSignature());
    }

    /// <summary>The domain's block id of a vote or proposal; null for nil.</summary>
    public static BlockId? Block(Vector message)
    {
        var block = message.In("block_id");
        var id = new BlockId(
            BlockHash.FromBytes(block.Hex("hash"))!, (uint)block.Number("parts_total"), BlockHash.FromBytes(block.Hex("parts_hash"))!);
        return id.IsZero ? null : id;
    }
}
