using System.Diagnostics;
using System.Security.Cryptography;
using Kms.Core.Consensus;
using Kms.Core.Signing;
using Org.BouncyCastle.Crypto.Digests;

namespace Kms.Protocol.KeyEncoding;

/// <summary>What a chain calls a validator by: 20 bytes made of its consensus key. For Ed25519 the first 20 of its SHA-256 (cometbft
/// crypto/ed25519, Address), for secp256k1 the RIPEMD-160 of its SHA-256, as in Bitcoin (crypto/secp256k1, Address).</summary>
public sealed record ConsensusAddress : ByteString
{
    /// <summary>Size in bytes.</summary>
    public const int Size = 20;

    private ConsensusAddress(ReadOnlySpan<byte> bytes) : base(bytes) { }

    /// <summary>The address of a key.</summary>
    public static ConsensusAddress Of(PublicKey key) => key.Algorithm switch
    {
        KeyAlgorithm.Ed25519 => new ConsensusAddress(SHA256.HashData(key.Span).AsSpan(0, Size)),
        KeyAlgorithm.Secp256k1 => new ConsensusAddress(RipeMd160(SHA256.HashData(key.Span))),
        _ => throw new UnreachableException(),
    };

    /// <summary>Upper-case hexadecimal, as CometBFT prints it.</summary>
    public string ToHex() => Convert.ToHexString(Span);

    /// <summary>Bech32, as Cosmos SDK chains print it: <c>cosmosvalcons1…</c>.</summary>
    /// <param name="keyPrefix">The prefix of the chain's consensus keys.</param>
    /// <returns>Null when the prefix of addresses cannot be told from it.</returns>
    public string? ToBech32(string keyPrefix) => Prefix(keyPrefix) is { } prefix ? Bech32.Encode(prefix, Span) : null;

    // The base class library has none.
    private static byte[] RipeMd160(ReadOnlySpan<byte> data)
    {
        var digest = new RipeMD160Digest();
        var hash = new byte[digest.GetDigestSize()];
        digest.BlockUpdate(data);
        digest.DoFinal(hash);
        return hash;
    }

    /// <summary>The prefix of consensus addresses that belongs to one of consensus keys: cosmosvalcons to cosmosvalconspub. IRIS Hub has
    /// names of its own.</summary>
    private static string? Prefix(string keyPrefix) => keyPrefix switch
    {
        "icp" => "ica",
        "pub" => null,
        _ => keyPrefix.EndsWith("pub", StringComparison.Ordinal) ? keyPrefix[..^"pub".Length] : null,
    };
}
