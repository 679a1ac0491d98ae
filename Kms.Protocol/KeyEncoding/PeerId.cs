using System.Diagnostics.CodeAnalysis;
using Kms.Core.Signing;

namespace Kms.Protocol.KeyEncoding;

/// <summary>The libp2p identity of a peer with an Ed25519 key, such as 12D3KooW…: the base58btc text of the identity multihash of the
/// key's protobuf (libp2p specs, peer-ids/peer-ids.md; go-libp2p core/peer/peer.go, IDFromPublicKey). It holds the key itself, so two ids
/// are equal exactly when their keys are.</summary>
/// <remarks>Only Ed25519: CometBFT makes its node key of that type (p2p/key.go). go-libp2p also reads ids in CID form (baf…); its own
/// text form, which CometBFT logs and documents, is base58, and one form is enough for a setting.</remarks>
public sealed record PeerId
{
    // libp2p's PublicKey message (core/crypto/pb/crypto.proto): Type = 1 (Ed25519), Data = 32 bytes. The specification allows this encoding
    // only: fields in order, shortest numbers, nothing else.
    private static readonly byte[] KeyPrefix = [0x08, 0x01, 0x12, KeySize];

    private const int KeySize = 32;
    private const int EncodedKeySize = 4 + KeySize;

    // Multihash: the code of "identity" and the length.
    private static readonly byte[] MultihashPrefix = [0x00, EncodedKeySize];

    // 38 bytes have at most 52 digits; anything much longer is not worth decoding.
    private const int MaxText = 64;

    private readonly string _text;

    private PeerId(PublicKey key)
    {
        Key = key;
        _text = Base58.Encode([.. MultihashPrefix, .. EncodeKey(key)]);
    }

    /// <summary>The peer's Ed25519 key.</summary>
    public PublicKey Key { get; }

    /// <summary>The id of a key.</summary>
    /// <exception cref="ArgumentException">Not an Ed25519 key.</exception>
    public static PeerId Of(PublicKey key) => key.Algorithm == KeyAlgorithm.Ed25519 ? new PeerId(key)
        : throw new ArgumentException($"a peer id is made of an Ed25519 key, not of {key.Algorithm}", nameof(key));

    /// <summary>Parses the base58 text, exactly as <see cref="ToString"/> writes it.</summary>
    /// <param name="text">Such as 12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA.</param>
    /// <param name="id">The id; null when refused.</param>
    /// <param name="error">Why it is refused; null when it is not.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out PeerId? id, [NotNullWhen(false)] out string? error)
    {
        id = null;
        error = null;
        if (text.StartsWith("baf", StringComparison.Ordinal))
            error = "a peer id in CID form; write it in base58, beginning with 12D3KooW";
        else if (text.Length > MaxText || Base58.Decode(text) is not { } bytes)
            error = "not a peer id: it is base58, beginning with 12D3KooW";
        else if (!bytes.AsSpan().StartsWith(MultihashPrefix) || !TryDecodeKey(bytes.AsSpan(MultihashPrefix.Length), out var key))
            error = "not the peer id of an Ed25519 key, which begins with 12D3KooW and has 52 characters";
        else id = new PeerId(key);
        return id is not null;
    }

    /// <summary>The key as libp2p's PublicKey message, 36 bytes.</summary>
    internal static byte[] EncodeKey(PublicKey key) => [.. KeyPrefix, .. key.Span];

    /// <summary>Reads libp2p's PublicKey message; false when it is not the one encoding of an Ed25519 key.</summary>
    internal static bool TryDecodeKey(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out PublicKey? key)
    {
        var ok = bytes.Length == EncodedKeySize && bytes.StartsWith(KeyPrefix);
        key = ok ? new PublicKey(KeyAlgorithm.Ed25519, bytes[KeyPrefix.Length..]) : null;
        return ok;
    }

    /// <summary>The base58 text.</summary>
    public override string ToString() => _text;
}
