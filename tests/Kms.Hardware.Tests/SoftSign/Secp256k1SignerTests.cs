using System.Numerics;
using System.Text;
using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Hardware.SoftSign;
using Kms.Testing;

namespace Kms.Hardware.Tests.SoftSign;

public sealed class Secp256k1SignerTests : ConsensusSignerSpec
{
    private static readonly BigInteger Order = OpenSslSecp256k1.Order;

    protected override KeyAlgorithm Algorithm => KeyAlgorithm.Secp256k1;

    protected override IConsensusSigner Open() => Secp256k1Signer.FromSecret(KeyVectors.Get("key-13").Secret);

    /// <summary>RFC 6979 with SHA-256 on secp256k1 and the lower half, as the implementations of Bitcoin test themselves.</summary>
    [Theory]
    [InlineData(
        "0000000000000000000000000000000000000000000000000000000000000001", "Satoshi Nakamoto",
        "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d82442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5")]
    [InlineData(
        "0000000000000000000000000000000000000000000000000000000000000001",
        "All those moments will be lost in time, like tears in rain. Time to die...",
        "8600dbd41e348fe5c9465ab92d23e3db8b98b873beecd930736488696438cb6b547fe64427496db33bf66019dacbf0039c04199abb0122918601db38a72cfc21")]
    [InlineData(
        "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140", "Satoshi Nakamoto",
        "fd567d121db66e382991534ada77a6bd3106f0a1098c231e47993447cd6af2d06b39cd0eb1bc8603e159ef5c20a5c8ad685a45b06ce9bebed3f153d10d93bed5")]
    [InlineData(
        "f8b8af8ce3c7cca5e300d33939540c10d45ce001b8f252bfbc57ba0342904181", "Alan Turing",
        "7063ae83e7f62bbb171798131b4a0564b956930092b33b07b395615d9ec7e15c58dfcc1e00a35e1572f366ffe34ba0fc47db1e7189759b9fb233c5b05ab388ea")]
    [InlineData(
        "e91671c46231f833a6406ccbea0e3e392c76c167bac1cb013f6f1013980455c2",
        "There is a computer disease that anybody who works with computers knows about. It's a very serious disease and it interferes "
        + "completely with the work. The trouble with computers is that you 'play' with them!",
        "b552edd27580141f3b2a5463048cb7cd3e047b97c9f98076c32dbdf85a68718b279fa72dd19bfae05577e06c7c0c1900c371fcd5893f7e1d56a37d30174671f6")]
    public async Task It_signs_with_the_nonce_of_RFC_6979(string secret, string message, string signature)
    {
        using var signer = Secp256k1Signer.FromSecret(Convert.FromHexString(secret));
        var outcome = await signer.SignAsync(new SignBytes(Encoding.ASCII.GetBytes(message)), CancellationToken.None);
        Assert.Equal(signature, outcome.Signature!.ToString());
    }

    [Theory]
    [MemberData(nameof(KeyVectors.Secp256k1), MemberType = typeof(KeyVectors))]
    public void The_public_key_is_that_of_CometBFT_and_of_OpenSSL(string id)
    {
        using var signer = Secp256k1Signer.FromSecret(KeyVectors.Get(id).Secret);
        Assert.Equal(KeyVectors.Get(id).PublicKeyHex, signer.PublicKey.ToString());
        Assert.Equal(OpenSslSecp256k1.PublicKey(KeyVectors.Get(id).Secret), signer.PublicKey.Span.ToArray());
    }

    // Half of all signatures would have an s that CometBFT refuses.
    [Fact]
    public async Task Keys_at_the_edges_and_drawn_ones_sign_what_OpenSSL_verifies()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        var drawn = new byte[32];
        foreach (var secret in new[] { 1, 2, 3, Order / 2, Order / 2 + 1, Order - 2, Order - 1 }.Select(OpenSslSecp256k1.Bytes).Append(drawn))
        {
            if (ReferenceEquals(secret, drawn)) random.NextBytes(drawn.AsSpan(1));
            using var signer = Secp256k1Signer.FromSecret(secret);
            for (var i = 0; i < 10; i++)
            {
                var message = new byte[random.Next(200)];
                random.NextBytes(message);
                var outcome = await signer.SignAsync(new SignBytes(message), CancellationToken.None);
                Assert.True(
                    OpenSslSecp256k1.Verifies(signer.PublicKey.Span, message, outcome.Signature!.Span),
                    $"seed {seed}, key {Convert.ToHexString(secret)}, message {Convert.ToHexString(message)}");
            }
        }
    }

    [Fact]
    public void A_secret_is_from_1_to_the_order_minus_1()
    {
        BigInteger[] bad = [0, Order, Order + 1, (BigInteger.One << 256) - 1];
        Assert.All(bad, number => Assert.Throws<ArgumentException>(() => { Secp256k1Signer.FromSecret(OpenSslSecp256k1.Bytes(number)).Dispose(); }));
        Assert.All(
            new[] { 0, 31, 33, 64 },
            length => Assert.Throws<ArgumentException>(() => { Secp256k1Signer.FromSecret(Enumerable.Repeat((byte)1, length).ToArray()).Dispose(); }));
        Assert.True(Secp256k1Signer.IsValid(OpenSslSecp256k1.Bytes(Order - 1)));
        Assert.True(Secp256k1Signer.IsValid(OpenSslSecp256k1.Bytes(1)));
    }
}
