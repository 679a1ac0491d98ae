using System.Security.Cryptography;
using Kms.Core.Consensus;
using Kms.Core.Signing;

namespace Kms.Protocol.KeyEncoding;

/// <summary>The identity of a peer: the first 20 bytes of the SHA-256 of its Ed25519 public key (cometbft p2p/key.go, PubKeyToID).
/// The same bytes, of a consensus key, are the validator address.</summary>
public sealed record NodeId : ByteString
{
    /// <summary>Size in bytes.</summary>
    public const int Size = 20;

    private NodeId(ReadOnlySpan<byte> bytes) : base(bytes) { }

    /// <summary>The id of a key.</summary>
    public static NodeId Of(PublicKey key) => new(SHA256.HashData(key.Span).AsSpan(0, Size));

    /// <summary>Parses 40 hexadecimal digits of either case.</summary>
    public static bool TryParse(string text, out NodeId? id)
    {
        Span<byte> bytes = stackalloc byte[Size];
        var ok = text.Length == 2 * Size && Convert.FromHexString(text, bytes, out _, out var written) == System.Buffers.OperationStatus.Done && written == Size;
        id = ok ? new NodeId(bytes) : null;
        return ok;
    }
}
