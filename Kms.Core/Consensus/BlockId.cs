namespace Kms.Core.Consensus;

/// <summary>A SHA-256 hash of a block or of its part set; empty where CometBFT allows it to be absent.</summary>
public sealed record BlockHash : ByteString
{
    /// <summary>Hash size in bytes (cometbft crypto/tmhash).</summary>
    public const int Size = 32;

    private BlockHash(ReadOnlySpan<byte> bytes) : base(bytes) { }

    /// <summary>Accepts 32 bytes or none, as CometBFT's ValidateHash does; null otherwise.</summary>
    public static BlockHash? FromBytes(ReadOnlySpan<byte> bytes) => bytes.Length is 0 or Size ? new BlockHash(bytes) : null;
}

/// <summary>What a vote is for or a proposal proposes. A nil vote has no block id: it is <see langword="null"/>, never an empty one.</summary>
/// <param name="Hash">Block hash, 32 bytes or empty.</param>
/// <param name="PartsTotal">Number of block parts.</param>
/// <param name="PartsHash">Merkle root of the parts, 32 bytes or empty.</param>
public sealed record BlockId(BlockHash Hash, uint PartsTotal, BlockHash PartsHash)
{
    /// <summary>The text for a nil vote in log lines, as in tmkms.</summary>
    public const string Nil = "<nil>";

    /// <summary>Whether all fields are zero: CometBFT's BlockID.IsNil, which canonical sign bytes leave out.</summary>
    public bool IsZero => Hash.Length == 0 && PartsTotal == 0 && PartsHash.Length == 0;

    /// <summary>The first ten hexadecimal digits of the block hash, as tmkms prints it.</summary>
    public string Abbreviated => Convert.ToHexString(Hash.Span[..Math.Min(5, Hash.Length)]);

    /// <summary><see cref="Abbreviated"/>, or <see cref="Nil"/>.</summary>
    public static string Describe(BlockId? block) => block?.Abbreviated ?? Nil;
}
