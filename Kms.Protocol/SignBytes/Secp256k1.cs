using System.Security.Cryptography;
using Kms.Core.Signing;
using Org.BouncyCastle.Crypto.EC;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Math;

namespace Kms.Protocol.SignBytes;

/// <summary>Verifies as CometBFT does (crypto/secp256k1, VerifySignature): ECDSA over the SHA-256 of the message, r‖s, and no s above half the
/// group's order. The other one of the two equivalent signatures is refused, so that nobody can change a signed message's bytes.</summary>
internal static class Secp256k1
{
    private static readonly ECDomainParameters Domain = new(CustomNamedCurves.GetByName("secp256k1"));
    private static readonly BigInteger HalfOrder = Domain.N.ShiftRight(1);

    /// <summary>Whether a signature is valid; false for a key that is not on the curve.</summary>
    public static bool Verify(PublicKey key, ReadOnlySpan<byte> message, Signature signature)
    {
        if (PointOf(key) is not { } point) return false;
        var (r, s) = (new BigInteger(1, signature.Span[..32]), new BigInteger(1, signature.Span[32..]));
        if (s.CompareTo(HalfOrder) > 0) return false;
        var verifier = new ECDsaSigner();
        verifier.Init(forSigning: false, new ECPublicKeyParameters(point, Domain));
        return verifier.VerifySignature(SHA256.HashData(message), r, s);
    }

    private static Org.BouncyCastle.Math.EC.ECPoint? PointOf(PublicKey key)
    {
        // BouncyCastle throws something else for what is neither of the compressed forms.
        if (key.Span[0] is not (2 or 3)) return null;
        try
        {
            return Domain.Curve.DecodePoint(key.Span);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
