using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Hardware.SoftSign;

namespace Kms.Hardware.Tests.SoftSign;

public sealed class ExpandedSignerTests : ConsensusSignerSpec
{
    protected override IConsensusSigner Open() => ExpandedSigner.FromSecret(ExpandedKeys.Of(KeyVectors.Get("key-01").Seed));

    [Theory]
    [MemberData(nameof(KeyVectors.Ed25519), MemberType = typeof(KeyVectors))]
    public async Task It_signs_as_the_seed_does(string id)
    {
        var key = KeyVectors.Get(id);
        using var seeded = SoftSigner.FromSeed(key.Seed);
        using var expanded = ExpandedSigner.FromSecret(ExpandedKeys.Of(key.Seed));
        Assert.Equal(key.PublicKeyHex, expanded.PublicKey.ToString());
        for (var length = 0; length < 300; length += 37)
        {
            var message = new SignBytes(Enumerable.Range(length, length).Select(i => (byte)(i % 251)).ToArray());
            var expected = (await seeded.SignAsync(message, CancellationToken.None)).Signature!;
            Assert.Equal(expected, (await expanded.SignAsync(message, CancellationToken.None)).Signature);
            Assert.True(Verifies(expanded.PublicKey, message, expected));
        }
    }

    /// <summary>RFC 8032, section 7.1, TEST 3.</summary>
    [Fact]
    public async Task It_signs_as_RFC_8032_does()
    {
        var seed = Convert.FromHexString("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7");
        using var signer = ExpandedSigner.FromSecret(ExpandedKeys.Of(seed));
        Assert.Equal("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", signer.PublicKey.ToString());
        Assert.Equal(
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
            (await signer.SignAsync(new SignBytes([0xAF, 0x82]), CancellationToken.None)).Signature!.ToString());
    }

    [Theory]
    [InlineData(32, 0x00, 0x40)]
    [InlineData(96, 0x00, 0x40)]
    [InlineData(64, 0x01, 0x40)]
    [InlineData(64, 0x00, 0x00)]
    [InlineData(64, 0x00, 0x80)]
    [InlineData(64, 0x00, 0xC0)]
    public void Another_size_or_an_unclamped_scalar_is_a_bug(int length, byte first, byte last)
    {
        var secret = new byte[length];
        (secret[0], secret[31]) = (first, last);
        Assert.Throws<ArgumentException>(() => { ExpandedSigner.FromSecret(secret).Dispose(); });
    }
}
