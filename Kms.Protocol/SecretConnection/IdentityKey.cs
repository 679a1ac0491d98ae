using Kms.Core.Signing;
using Kms.Protocol.KeyEncoding;
using NSec.Cryptography;
using PublicKey = Kms.Core.Signing.PublicKey;

namespace Kms.Protocol.SecretConnection;

/// <summary>The Ed25519 key a signer proves its identity with (tmkms.toml's secret_key). Not the consensus key: losing it costs
/// a connection, never stake. The seed lives in NSec's guarded memory and cannot be read back.</summary>
public sealed class IdentityKey : IDisposable
{
    /// <summary>Seed size in bytes (RFC 8032).</summary>
    public const int SeedSize = 32;

    private readonly Key _key;

    private IdentityKey(Key key)
    {
        _key = key;
        PublicKey = new PublicKey(KeyAlgorithm.Ed25519, key.PublicKey.Export(KeyBlobFormat.RawPublicKey));
        NodeId = NodeId.Of(PublicKey);
        PeerId = PeerId.Of(PublicKey);
    }

    /// <summary>What a node sees as our key.</summary>
    public PublicKey PublicKey { get; }

    /// <summary>What a node sees as our id.</summary>
    public NodeId NodeId { get; }

    /// <summary>What a node that listens on noise:// sees as our id: the same key in libp2p's form.</summary>
    public PeerId PeerId { get; }

    /// <summary>Imports a seed; the caller zeroes its copy.</summary>
    /// <exception cref="ArgumentException">Not 32 bytes.</exception>
    public static IdentityKey FromSeed(ReadOnlySpan<byte> seed)
    {
        if (seed.Length != SeedSize) throw new ArgumentException($"an identity seed has {SeedSize} bytes, not {seed.Length}", nameof(seed));
        return new IdentityKey(Key.Import(SignatureAlgorithm.Ed25519, seed, KeyBlobFormat.RawPrivateKey));
    }

    /// <summary>A new random identity, as a CometBFT node makes at every start.</summary>
    public static IdentityKey Generate() => new(Key.Create(SignatureAlgorithm.Ed25519));

    /// <summary>Signs a handshake challenge.</summary>
    public Signature Sign(ReadOnlySpan<byte> challenge) => new(SignatureAlgorithm.Ed25519.Sign(_key, challenge));

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();
}
