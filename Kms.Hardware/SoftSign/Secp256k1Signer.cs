using System.Security.Cryptography;
using Kms.Core.Consensus;
using Kms.Core.Signing;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.EC;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Utilities;

namespace Kms.Hardware.SoftSign;

/// <summary>A secp256k1 consensus key in this process: ECDSA over the SHA-256 of the message, r‖s with s in the lower half, as CometBFT demands
/// (crypto/secp256k1). The nonce is that of RFC 6979, so the same message always gets the same signature. Safe for use from several threads.</summary>
/// <remarks>The secret rests in guarded memory, but BouncyCastle, of which the arithmetic is, copies it into objects of the garbage collector for
/// each signature. Those copies cannot be zeroed: a core dump or a swapped page may hold them. An Ed25519 key leaves none.</remarks>
public sealed class Secp256k1Signer : IConsensusSigner
{
    /// <summary>Size of the secret in bytes.</summary>
    public const int SecretSize = 32;

    private static readonly ECDomainParameters Domain = new(CustomNamedCurves.GetByName("secp256k1"));
    private static readonly BigInteger HalfOrder = Domain.N.ShiftRight(1);
    private static readonly byte[] Order = BigIntegers.AsUnsignedByteArray(SecretSize, Domain.N);

    private readonly GuardedSecret _secret;

    private Secp256k1Signer(GuardedSecret secret, PublicKey publicKey)
    {
        _secret = secret;
        PublicKey = publicKey;
    }

    /// <inheritdoc/>
    public string Provider => "softsign";

    /// <inheritdoc/>
    public PublicKey PublicKey { get; }

    /// <summary>Imports a secret; the caller zeroes its copy.</summary>
    /// <param name="secret">A number from 1 to the group's order minus 1, big-endian, <see cref="SecretSize"/> bytes.</param>
    /// <exception cref="ArgumentException">Something else.</exception>
    public static Secp256k1Signer FromSecret(ReadOnlySpan<byte> secret)
    {
        if (!IsValid(secret)) throw new ArgumentException("not a secp256k1 secret", nameof(secret));
        var point = Domain.G.Multiply(new BigInteger(1, secret)).Normalize();
        return new Secp256k1Signer(GuardedSecret.CopyOf(secret), new PublicKey(KeyAlgorithm.Secp256k1, point.GetEncoded(compressed: true)));
    }

    /// <summary>Whether bytes are the secret of a key. All but one in 2¹²⁷ of 32 random bytes are.</summary>
    public static bool IsValid(ReadOnlySpan<byte> secret) =>
        secret.Length == SecretSize && secret.ContainsAnyExcept((byte)0) && secret.SequenceCompareTo(Order) < 0;

    /// <inheritdoc/>
    public ValueTask<SignOutcome> SignAsync(SignBytes message, CancellationToken deadline)
    {
        if (deadline.IsCancellationRequested) return ValueTask.FromResult(SignOutcome.Failed("softsign: the deadline passed before signing"));
        try
        {
            Signature? signature = null;
            _secret.Read(secret => signature = Sign(secret, message.Span));
            return ValueTask.FromResult(SignOutcome.Ok(signature!));
        }
        catch (ObjectDisposedException)
        {
            // A request that races with shutdown: an answer, as for a device that was unplugged.
            return ValueTask.FromResult(SignOutcome.Failed("softsign: the key is closed"));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _secret.Dispose();

    private static Signature Sign(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> message)
    {
        var signer = new ECDsaSigner(new HMacDsaKCalculator(new Sha256Digest()));
        signer.Init(forSigning: true, new ECPrivateKeyParameters(new BigInteger(1, secret), Domain));
        var (r, s) = signer.GenerateSignature(SHA256.HashData(message)) is [var first, var second] ? (first, second) : default;

        Span<byte> signature = stackalloc byte[Signature.Size];
        BigIntegers.AsUnsignedByteArray(r, signature[..32]);
        BigIntegers.AsUnsignedByteArray(s.CompareTo(HalfOrder) > 0 ? Domain.N.Subtract(s) : s, signature[32..]);
        return new Signature(signature);
    }
}
