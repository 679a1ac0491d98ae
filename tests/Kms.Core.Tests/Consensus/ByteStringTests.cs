using Kms.Core.Consensus;
using Kms.Core.Signing;

namespace Kms.Core.Tests.Consensus;

/// <summary>Every byte-valued type of the domain: equal by content, never across types.</summary>
public class ByteStringTests
{
    private static readonly byte[] Bytes32 = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
    private static readonly byte[] Bytes64 = [.. Bytes32, .. Bytes32];

    [Fact]
    public void Equal_bytes_are_equal_values()
    {
        Assert.Equal(new SignBytes(Bytes32), new SignBytes(Bytes32));
        Assert.Equal(BlockHash.FromBytes(Bytes32), BlockHash.FromBytes(Bytes32));
        Assert.Equal(new Signature(Bytes64), new Signature(Bytes64));
        Assert.Equal(new PublicKey(KeyAlgorithm.Ed25519, Bytes32), new PublicKey(KeyAlgorithm.Ed25519, Bytes32));
        Assert.Equal(new SignBytes(Bytes32).GetHashCode(), new SignBytes(Bytes32).GetHashCode());
        Assert.Equal(new Signature(Bytes64).GetHashCode(), new Signature(Bytes64).GetHashCode());
    }

    [Fact]
    public void A_single_bit_makes_another_value()
    {
        for (var bit = 0; bit < 512; bit++)
        {
            var flipped = Bytes64.ToArray();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.NotEqual(new Signature(Bytes64), new Signature(flipped));
        }
    }

    [Fact]
    public void A_prefix_is_another_value()
    {
        Assert.NotEqual(new SignBytes(Bytes64), new SignBytes(Bytes32));
        Assert.NotEqual(new SignBytes([]), new SignBytes([0]));
    }

    [Fact]
    public void Equal_bytes_of_two_types_are_two_values()
    {
        ByteString bytes = new SignBytes(Bytes32), hash = BlockHash.FromBytes(Bytes32)!, key = new PublicKey(KeyAlgorithm.Ed25519, Bytes32);

        Assert.False(bytes == hash);
        Assert.False(hash == key);
        Assert.False(bytes.Equals(key));
    }

    [Fact]
    public void A_value_keeps_its_own_copy()
    {
        var source = Bytes32.ToArray();
        var value = new SignBytes(source);
        source[0] = 0xFF;

        Assert.Equal(new SignBytes(Bytes32), value);
        Assert.Equal(Bytes32, value.Memory.ToArray());
    }

    [Fact]
    public void Bytes_print_as_lower_case_hexadecimal()
    {
        Assert.Equal("00abff", new SignBytes([0x00, 0xAB, 0xFF]).ToString());
        Assert.Equal("", new SignBytes([]).ToString());
        Assert.Equal(Convert.ToHexStringLower(Bytes32), new PublicKey(KeyAlgorithm.Ed25519, Bytes32).ToString());
    }

    [Fact]
    public void A_block_hash_has_32_bytes_or_none()
    {
        for (var length = 0; length <= 65; length++)
            Assert.Equal(length is 0 or 32, BlockHash.FromBytes(new byte[length]) is not null);
    }

    [Fact]
    public void A_public_key_has_the_length_of_its_algorithm()
    {
        foreach (var (algorithm, size) in new[] { (KeyAlgorithm.Ed25519, 32), (KeyAlgorithm.Secp256k1, 33) })
        {
            for (var length = 0; length <= 65; length++)
            {
                if (length == size) Assert.Equal(algorithm, new PublicKey(algorithm, new byte[length]).Algorithm);
                else Assert.Throws<ArgumentException>(() => new PublicKey(algorithm, new byte[length]));
            }
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => new PublicKey((KeyAlgorithm)2, new byte[32]));
    }

    [Theory, InlineData(0), InlineData(63), InlineData(65)]
    public void A_signature_of_another_length_is_refused(int length) => Assert.Throws<ArgumentException>(() => new Signature(new byte[length]));
}
