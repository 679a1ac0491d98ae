using Kms.Core.Signing;
using Kms.Protocol.SignBytes;
using Kms.Testing;

namespace Kms.Protocol.Tests.SignBytes;

public class SignatureVerifierTests
{
    private static readonly Vector File = CometBft.Load("v0.38", "signbytes");
    private static readonly byte[] Message = File.All("votes")[0].Hex("sign_bytes");
    private static readonly Signature Good = CometBft.Sign(CometBft.Seed(File), Message);

    [Fact]
    public void A_flipped_bit_of_the_signature_is_noticed()
    {
        for (var bit = 0; bit < 8 * Signature.Size; bit++)
        {
            var bytes = Good.Span.ToArray();
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(SignatureVerifier.Verify(CometBft.PublicKey(File), Message, new Signature(bytes)), $"bit {bit}");
        }
    }

    [Fact]
    public void A_flipped_bit_of_the_message_is_noticed()
    {
        for (var bit = 0; bit < 8 * Message.Length; bit++)
        {
            var bytes = Message.ToArray();
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(SignatureVerifier.Verify(CometBft.PublicKey(File), bytes, Good), $"bit {bit}");
        }
    }

    [Fact]
    public void Another_key_and_no_key_at_all_verify_nothing()
    {
        Assert.True(SignatureVerifier.Verify(CometBft.PublicKey(File), Message, Good));
        Assert.False(SignatureVerifier.Verify(new PublicKey(KeyAlgorithm.Ed25519, new byte[32]), Message, Good));
        Assert.False(SignatureVerifier.Verify(new PublicKey(KeyAlgorithm.Ed25519, Enumerable.Repeat((byte)0xFF, 32).ToArray()), Message, Good));
    }
}
