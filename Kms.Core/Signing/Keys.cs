using Kms.Core.Consensus;

namespace Kms.Core.Signing;

/// <summary>The signature schemes of consensus keys.</summary>
public enum KeyAlgorithm
{
    /// <summary>RFC 8032, 32-byte public keys, 64-byte signatures.</summary>
    Ed25519,

    /// <summary>ECDSA on secp256k1 over the SHA-256 of the message: 33-byte compressed public keys (SEC 1, section 2.3.3), 64-byte signatures
    /// r‖s with s in the lower half (cometbft crypto/secp256k1).</summary>
    Secp256k1,
}

/// <summary>A public key in its raw encoding.</summary>
public sealed record PublicKey : ByteString
{
    /// <summary>Copies <paramref name="bytes"/>.</summary>
    /// <exception cref="ArgumentException">The length does not fit the algorithm.</exception>
    public PublicKey(KeyAlgorithm algorithm, ReadOnlySpan<byte> bytes) : base(bytes)
    {
        if (bytes.Length != SizeOf(algorithm))
            throw new ArgumentException($"a public key of {algorithm} has {SizeOf(algorithm)} bytes, not {bytes.Length}", nameof(bytes));
        Algorithm = algorithm;
    }

    /// <summary>Size in bytes of an algorithm's public keys.</summary>
    public static int SizeOf(KeyAlgorithm algorithm) => algorithm switch
    {
        KeyAlgorithm.Ed25519 => 32,
        KeyAlgorithm.Secp256k1 => 33,
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm)),
    };

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
