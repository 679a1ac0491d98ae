using System.Diagnostics;
using System.Security.Cryptography;
using Kms.Core.Consensus;
using Kms.Core.Signing;

namespace Kms.Hardware.SoftSign;

/// <summary>An Ed25519 consensus key whose seed is not known: the secret scalar and the nonce prefix, which SHA-512 makes of a seed and which
/// a YubiHSM or a key service exports. Its signatures are those of the seed. Safe for use from several threads.</summary>
public sealed class ExpandedSigner : IConsensusSigner
{
    /// <summary>Size in bytes: the clamped scalar, little-endian, and the prefix (RFC 8032, section 5.1.5, steps 1 and 2).</summary>
    public const int SecretSize = 64;

    private const int ScalarSize = 32;

    private readonly GuardedSecret _secret;

    private ExpandedSigner(GuardedSecret secret, PublicKey publicKey)
    {
        _secret = secret;
        PublicKey = publicKey;
    }

    /// <inheritdoc/>
    public string Provider => "softsign";

    /// <inheritdoc/>
    public PublicKey PublicKey { get; }

    /// <summary>Imports an expanded secret; the caller zeroes its copy.</summary>
    /// <param name="secret">The <see cref="SecretSize"/> bytes.</param>
    /// <exception cref="ArgumentException">Not 64 bytes, or the scalar is not clamped.</exception>
    public static ExpandedSigner FromSecret(ReadOnlySpan<byte> secret)
    {
        if (secret.Length != SecretSize || !IsClamped(secret)) throw new ArgumentException("not an expanded Ed25519 secret", nameof(secret));
        Span<byte> point = stackalloc byte[ScalarSize];
        MultiplyBase(point, secret[..ScalarSize]);
        return new ExpandedSigner(GuardedSecret.CopyOf(secret), new PublicKey(KeyAlgorithm.Ed25519, point));
    }

    /// <summary>Whether the first 32 bytes can be the scalar of a key (RFC 8032, section 5.1.5, step 2).</summary>
    public static bool IsClamped(ReadOnlySpan<byte> secret) => (secret[0] & 0x07) == 0 && (secret[31] & 0xC0) == 0x40;

    /// <inheritdoc/>
    public ValueTask<SignOutcome> SignAsync(SignBytes message, CancellationToken deadline)
    {
        if (deadline.IsCancellationRequested) return ValueTask.FromResult(SignOutcome.Failed("softsign: the deadline passed before signing"));
        try
        {
            Signature? signature = null;
            _secret.Read(secret => signature = Sign(secret[..ScalarSize], secret[ScalarSize..], message.Span));
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

    /// <summary>RFC 8032, section 5.1.6, from step 2 on, with its names.</summary>
    private Signature Sign(ReadOnlySpan<byte> s, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> message)
    {
        // r and k·s are as secret as the key: each of them and the signature give it away.
        using var r = new SecretBytes(ScalarSize);
        using var ks = new SecretBytes(ScalarSize);
        Span<byte> k = stackalloc byte[ScalarSize];
        Span<byte> signature = stackalloc byte[Signature.Size];

        HashToScalar(r.Span, prefix, [], message);
        MultiplyBase(signature[..ScalarSize], r.Span);
        HashToScalar(k, signature[..ScalarSize], PublicKey.Span, message);
        Sodium.Multiply(ks.Span, k, s);
        Sodium.Add(signature[ScalarSize..], r.Span, ks.Span);
        return new Signature(signature);
    }

    private static void HashToScalar(Span<byte> scalar, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> message)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
        using var wide = new SecretBytes(SHA512.HashSizeInBytes);
        hash.AppendData(first);
        hash.AppendData(second);
        hash.AppendData(message);
        hash.GetHashAndReset(wide.Span);
        Sodium.Reduce(scalar, wide.Span);
    }

    private static void MultiplyBase(Span<byte> point, ReadOnlySpan<byte> scalar)
    {
        // Fails for a scalar of zero only, which neither a clamped scalar nor a hash is.
        if (Sodium.MultiplyBase(point, scalar) != 0) throw new UnreachableException("scalar zero");
    }
}
