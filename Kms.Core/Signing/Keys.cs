using Kms.Core.Consensus;

namespace Kms.Core.Signing;

/// <summary>The signature schemes of consensus keys.</summary>
public enum KeyAlgorithm
{
    /// <summary>RFC 8032, 32-byte public keys, 64-byte signatures.</summary>
    Ed25519,
}

/// <summary>A public key in its raw encoding: 32 bytes for Ed25519.</summary>
public sealed record PublicKey : ByteString
{
    /// <summary>Copies <paramref name="bytes"/>.</summary>
    /// <exception cref="ArgumentException">The length does not fit the algorithm.</exception>
    public PublicKey(KeyAlgorithm algorithm, ReadOnlySpan<byte> bytes) : base(bytes)
    {
        if (bytes.Length != 32) throw new ArgumentException($"an {algorithm} public key has 32 bytes, not {bytes.Length}", nameof(bytes));
        Algorithm = algorithm;
    }

    /// <summary>The scheme.</summary>
    public KeyAlgorithm Algorithm { get; }
}

/// <summary>A raw signature: 64 bytes.</summary>
public sealed record Signature : ByteString
{
    /// <summary>Signature size in bytes.</summary>
    public const int Size = 64;

    /// <summary>Copies <paramref name="bytes"/>.</summary>
    /// <exception cref="ArgumentException">Not 64 bytes.</exception>
    public Signature(ReadOnlySpan<byte> bytes) : base(bytes)
    {
        if (bytes.Length != Size) throw new ArgumentException($"a signature has {Size} bytes, not {bytes.Length}", nameof(bytes));
    }
}
