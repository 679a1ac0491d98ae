using System.Diagnostics;
using Kms.Core.Signing;
using NSec.Cryptography;
using PublicKey = Kms.Core.Signing.PublicKey;

namespace Kms.Protocol.SignBytes;

/// <summary>Checks signatures of consensus keys. Every signature passes here before it leaves: a faulty device, a wrong key or a
/// flipped bit must not reach the chain.</summary>
public static class SignatureVerifier
{
    /// <summary>Whether <paramref name="signature"/> is valid over <paramref name="message"/> (RFC 8032; CometBFT's ECDSA).</summary>
    public static bool Verify(PublicKey key, ReadOnlySpan<byte> message, Signature signature) => key.Algorithm switch
    {
        KeyAlgorithm.Ed25519 => NSec.Cryptography.PublicKey.TryImport(SignatureAlgorithm.Ed25519, key.Span, KeyBlobFormat.RawPublicKey, out var imported)
            && SignatureAlgorithm.Ed25519.Verify(imported!, message, signature.Span),
        KeyAlgorithm.Secp256k1 => Secp256k1.Verify(key, message, signature),
        _ => throw new UnreachableException(),
    };
}
