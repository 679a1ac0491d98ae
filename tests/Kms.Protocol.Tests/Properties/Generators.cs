using CsCheck;
using Kms.Core.Consensus;
using Kms.Core.Signing;

namespace Kms.Protocol.Tests.Properties;

/// <summary>Random values of the domain; small ones, extreme ones and any others.</summary>
internal static class Generators
{
    public static readonly Gen<Timestamp> Time = Gen.Select(
        Gen.Frequency((1, Gen.Long[-62_135_596_800, 253_402_300_799]), (1, Gen.Long[-1, 1])), Gen.Int[0, 999_999_999],
        (seconds, nanos) => new Timestamp(seconds, nanos));

    public static readonly Gen<ChainId> Chain =
        Gen.Frequency((1, Gen.Byte.Array[0, 60]), (2, Gen.Byte[97, 99].Array[0, 2])).Select(bytes => new ChainId(bytes));

    public static readonly Gen<long> Height = Gen.Frequency((3, Gen.Long[0, 3]), (1, Gen.Long));

    public static readonly Gen<int> Round = Gen.Frequency((3, Gen.Int[-1, 2]), (1, Gen.Int));

    public static readonly Gen<Signature> Proof = Gen.Byte.Array[Signature.Size].Select(bytes => new Signature(bytes));

    private static readonly Gen<BlockHash> Hash =
        Gen.OneOf(Gen.Byte.Array[32], Gen.Const(new byte[32]), Gen.Const(Array.Empty<byte>())).Select(bytes => BlockHash.FromBytes(bytes)!);

    /// <summary>A block, or null for nil.</summary>
    public static readonly Gen<BlockId?> Block = Gen.Select(Hash, Gen.OneOf(Gen.UInt[0, 1], Gen.UInt), Hash, (hash, total, parts) =>
    {
        var block = new BlockId(hash, total, parts);
        return block.IsZero ? null : block;
    });
}
