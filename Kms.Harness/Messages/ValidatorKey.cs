using System.Security.Cryptography;
using Kms.Core.Signing;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Math.EC.Rfc8032;
using BouncyCurves = Org.BouncyCastle.Crypto.EC.CustomNamedCurves;

namespace Kms.Harness;

/// <summary>What a node does with a validator's public key: takes it, makes the address, verifies. Written against CometBFT (crypto/ed25519,
/// crypto/secp256k1) and apart from the signer's own code.</summary>
internal static class ValidatorKey
{
    private const int AddressSize = 20;

    private static readonly ECDomainParameters Secp256k1 = new(BouncyCurves.GetByName("secp256k1"));

    /// <summary>The key of a reply; null with the reason when a node cannot use it.</summary>
    public static PublicKey? Of(SignerReply.PublicKey answer, out string? problem)
    {
        KeyAlgorithm? algorithm = answer.KeyType switch
        {
            "ed25519" => KeyAlgorithm.Ed25519,
            "secp256k1" => KeyAlgorithm.Secp256k1,
            _ => null,
        };
        problem = algorithm is not { } known ? $"the harness verifies Ed25519 and secp256k1 keys, the signer has {answer.KeyType}"
            : answer.Bytes.Length != PublicKey.SizeOf(known) ? $"the public key has {answer.Bytes.Length} bytes instead of {PublicKey.SizeOf(known)}"
            : known == KeyAlgorithm.Secp256k1 && PointOf(answer.Bytes.Span) is null ? "the public key is not a point of secp256k1"
            : null;
        return problem is null ? new PublicKey(algorithm!.Value, answer.Bytes.Span) : null;
    }

    /// <summary>The validator address.</summary>
    public static ReadOnlyMemory<byte> Address(PublicKey key)
    {
        var hash = SHA256.HashData(key.Span);
        if (key.Algorithm == KeyAlgorithm.Ed25519) return hash.AsMemory(0, AddressSize);
        var (digest, address) = (new RipeMD160Digest(), new byte[AddressSize]);
        digest.BlockUpdate(hash);
        digest.DoFinal(address);
        return address;
    }

    /// <summary>Whether a signature, of whatever length, is valid.</summary>
    public static bool Verify(PublicKey key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        signature.Length == Signature.Size
        && (key.Algorithm == KeyAlgorithm.Ed25519
            ? Ed25519.Verify(signature.ToArray(), 0, key.Span.ToArray(), 0, message.ToArray(), 0, message.Length)
            : VerifySecp256k1(key, message, signature));

    // CometBFT refuses the other of the two equivalent signatures: an s above half the order.
    private static bool VerifySecp256k1(PublicKey key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        var (r, s) = (new BigInteger(1, signature[..32]), new BigInteger(1, signature[32..]));
        if (PointOf(key.Span) is not { } point || s.ShiftLeft(1).CompareTo(Secp256k1.N) > 0) return false;
        var verifier = new ECDsaSigner();
        verifier.Init(forSigning: false, new ECPublicKeyParameters(point, Secp256k1));
        return verifier.VerifySignature(SHA256.HashData(message), r, s);
    }

    private static Org.BouncyCastle.Math.EC.ECPoint? PointOf(ReadOnlySpan<byte> key)
    {
        // BouncyCastle throws something else for what is neither of the compressed forms.
        if (key[0] is not (2 or 3)) return null;
        try
        {
            return Secp256k1.Curve.DecodePoint(key);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
