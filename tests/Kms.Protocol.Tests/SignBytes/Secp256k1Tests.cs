using System.Numerics;
using Kms.Core.Signing;
using Kms.Protocol.SignBytes;
using Kms.Testing;

namespace Kms.Protocol.Tests.SignBytes;

/// <summary>secp256k1 as CometBFT verifies it. Signatures are made by OpenSSL, with a random nonce.</summary>
public sealed class Secp256k1Tests
{
    private static readonly byte[] Secret = CometBft.Load("v0.38", "files").All("keys").First(key => key.Text("type") == "secp256k1").Hex("priv_key_bytes");
    private static readonly PublicKey Key = new(KeyAlgorithm.Secp256k1, OpenSslSecp256k1.PublicKey(Secret));
    private static readonly byte[] Message = CometBft.Load("v0.38", "signbytes").All("votes")[0].Hex("sign_bytes");
    private static readonly byte[] Good = OpenSslSecp256k1.Sign(Secret, Message);

    [Fact]
    public void What_OpenSSL_signs_is_valid()
    {
        for (var length = 0; length < 300; length += 23)
        {
            var message = Enumerable.Range(length, length).Select(i => (byte)(i % 251)).ToArray();
            Assert.True(Verify(Key, message, OpenSslSecp256k1.Sign(Secret, message)), $"{length} bytes");
        }
    }

    [Fact]
    public void The_other_of_two_equivalent_signatures_is_refused()
    {
        var high = OpenSslSecp256k1.OtherHalf(Good);
        Assert.False(Verify(Key, Message, high));
        Assert.True(Verify(Key, Message, OpenSslSecp256k1.OtherHalf(high)));
    }

    [Fact]
    public void A_flipped_bit_of_signature_message_or_key_is_noticed()
    {
        for (var bit = 0; bit < 8 * Signature.Size; bit++) Assert.False(Verify(Key, Message, Flipped(Good, bit)), $"bit {bit} of the signature");
        for (var bit = 0; bit < 8 * Message.Length; bit += 3) Assert.False(Verify(Key, Flipped(Message, bit), Good), $"bit {bit} of the message");
        for (var bit = 0; bit < 8 * 33; bit += 2)
            Assert.False(Verify(new PublicKey(KeyAlgorithm.Secp256k1, Flipped(Key.Span.ToArray(), bit)), Message, Good), $"bit {bit} of the key");
    }

    /// <summary>Numbers that are no r or s: zero, the order and above.</summary>
    [Fact]
    public void Numbers_out_of_range_are_refused()
    {
        BigInteger[] odd = [0, OpenSslSecp256k1.Order, OpenSslSecp256k1.Order + 1, (BigInteger.One << 256) - 1];
        foreach (var number in odd.Select(OpenSslSecp256k1.Bytes))
        {
            Assert.False(Verify(Key, Message, [.. number, .. Good[32..]]));
            Assert.False(Verify(Key, Message, [.. Good[..32], .. number]));
            Assert.False(Verify(Key, Message, [.. number, .. number]));
        }
    }

    /// <summary>The other forms of points (SEC 1, section 2.3.3), a number that is no coordinate, and one that is not on the curve.</summary>
    [Theory]
    [InlineData("00")]
    [InlineData("04")]
    [InlineData("05")]
    [InlineData("06")]
    [InlineData("07")]
    [InlineData("02fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f")]
    [InlineData("020000000000000000000000000000000000000000000000000000000000000005")]
    [InlineData("000000000000000000000000000000000000000000000000000000000000000000")]
    public void What_is_no_point_verifies_nothing(string start)
    {
        var bytes = Convert.FromHexString(start);
        Assert.False(Verify(new PublicKey(KeyAlgorithm.Secp256k1, [.. bytes, .. Key.Span[bytes.Length..]]), Message, Good));
    }

    [Fact]
    public void An_Ed25519_signature_is_none_of_this_key_and_the_other_way_round()
    {
        var file = CometBft.Load("v0.38", "signbytes");
        Assert.False(SignatureVerifier.Verify(Key, Message, CometBft.Sign(CometBft.Seed(file), Message)));
        Assert.False(SignatureVerifier.Verify(CometBft.PublicKey(file), Message, new Signature(Good)));
    }

    private static bool Verify(PublicKey key, byte[] message, byte[] signature) => SignatureVerifier.Verify(key, message, new Signature(signature));

    private static byte[] Flipped(byte[] bytes, int bit)
    {
        var copy = bytes.ToArray();
        copy[bit / 8] ^= (byte)(1 << (bit % 8));
        return copy;
    }
}
