using Kms.Core.Consensus;
using static Kms.Testing.Ask;

namespace Kms.Core.Tests.Consensus;

public class BlockIdTests
{
    private static readonly BlockHash NoHash = BlockHash.FromBytes([])!;

    [Fact]
    public void Block_ids_are_equal_when_all_three_fields_are()
    {
        Assert.Equal(Block(0xAA), A);
        Assert.Equal(Block(0xAA).GetHashCode(), A.GetHashCode());
        Assert.NotEqual(A, B);
        Assert.NotEqual(A, A with { Hash = Hash(1) });
        Assert.NotEqual(A, A with { PartsTotal = 2 });
        Assert.NotEqual(A, A with { PartsHash = Hash(1) });
        Assert.NotEqual(A, A with { PartsHash = NoHash });
    }

    [Fact]
    public void Only_a_block_id_without_any_field_is_zero()
    {
        Assert.True(new BlockId(NoHash, 0, NoHash).IsZero);
        Assert.False(new BlockId(NoHash, 1, NoHash).IsZero);
        Assert.False(new BlockId(Hash(0), 0, NoHash).IsZero);
        Assert.False(new BlockId(NoHash, 0, Hash(0)).IsZero);
    }

    [Fact]
    public void A_block_prints_as_the_first_ten_digits_of_its_hash_and_nil_as_nil()
    {
        Assert.Equal("AAAAAAAAAA", BlockId.Describe(A));
        Assert.Equal("<nil>", BlockId.Describe(null));
        Assert.Equal("", BlockId.Describe(new BlockId(NoHash, 1, NoHash)));
    }
}
