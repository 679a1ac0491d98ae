using Kms.Core.Consensus;
using Kms.Core.Signing;

namespace Kms.Protocol.KeyEncoding;

/// <summary>The identity of a peer: the address of its identity key (cometbft p2p/key.go, PubKeyToID), made as that of a consensus key.</summary>
public sealed record NodeId : ByteString
{
    /// <summary>Size in bytes.</summary>
    public const int Size = ConsensusAddress.Size;

    private NodeId(ReadOnlySpan<byte> bytes) : base(bytes) { }

    /// <summary>The id of a key.</summary>
    public static NodeId Of(PublicKey key) => new(ConsensusAddress.Of(key).Span);

    /// <summary>Parses 40 hexadecimal digits of either case.</summary>
    public static bool TryParse(string text, out NodeId? id)
    {
        Span<byte> bytes = stackalloc byte[Size];
        var ok = text.Length == 2 * Size && Convert.FromHexString(text, bytes, out _, out var written) == System.Buffers.OperationStatus.Done && written == Size;
        id = ok ? new NodeId(bytes) : null;
        return ok;
    }
}
