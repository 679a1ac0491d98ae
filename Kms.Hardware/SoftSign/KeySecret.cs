using Kms.Core.Signing;

namespace Kms.Hardware.SoftSign;

/// <summary>The secret that a key file holds, on its way to a key handle or to another file; <see cref="Dispose"/> zeroes it.</summary>
/// <param name="algorithm">What it is a key of.</param>
/// <param name="bytes">An Ed25519 seed (32 bytes) or expanded secret (64), or a valid secp256k1 secret (32).</param>
public sealed class KeySecret(KeyAlgorithm algorithm, SecretBytes bytes) : IDisposable
{
    /// <summary>What it is a key of.</summary>
    public KeyAlgorithm Algorithm => algorithm;

    /// <summary>The bytes; all zero after <see cref="Dispose"/>.</summary>
    public ReadOnlySpan<byte> Span => bytes.Span;

    /// <summary>The same bytes, for a device command.</summary>
    public ReadOnlyMemory<byte> Memory => bytes.Memory;

    /// <summary>Whether it is what keys are generated from, 32 bytes, and not an expanded secret.</summary>
    public bool IsSeed => Span.Length == SoftSigner.SeedSize;

    /// <summary>Opens the key, which keeps its own copy.</summary>
    public IConsensusSigner Open() => (algorithm, Span.Length) switch
    {
        (KeyAlgorithm.Secp256k1, _) => Secp256k1Signer.FromSecret(Span),
        (_, ExpandedSigner.SecretSize) => ExpandedSigner.FromSecret(Span),
        _ => SoftSigner.FromSeed(Span),
    };

    /// <inheritdoc/>
    public void Dispose() => bytes.Dispose();
}
