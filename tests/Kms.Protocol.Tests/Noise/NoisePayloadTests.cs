using Kms.Core.Signing;
using Kms.Protocol.KeyEncoding;
using Kms.Protocol.Noise;
using Kms.Protocol.SecretConnection;

namespace Kms.Protocol.Tests.Noise;

/// <summary>The proof of identity inside the handshake.</summary>
public sealed class NoisePayloadTests : IDisposable
{
    private static readonly byte[] Static = [.. Enumerable.Range(100, 32).Select(i => (byte)i)];

    private readonly IdentityKey _identity = IdentityKey.FromSeed([.. Enumerable.Range(1, 32).Select(i => (byte)i)]);

    private PeerId Peer => PeerId.Of(_identity.PublicKey);

    public void Dispose() => _identity.Dispose();

    [Fact]
    public void It_is_laid_out_as_in_the_libp2p_specification()
    {
        var payload = NoisePayload.Encode(_identity, Static);
        var signature = _identity.Sign([.. "noise-libp2p-static-key:"u8, .. Static]);

        byte[] expected = [0x0A, 36, 0x08, 0x01, 0x12, 32, .. _identity.PublicKey.Span, 0x12, 64, .. signature.Span];
        Assert.Equal(expected, payload);
        Assert.Null(NoisePayload.Refuse(payload, Static, Peer));
    }

    [Fact]
    public void Whatever_bit_is_flipped_it_is_refused()
    {
        var good = NoisePayload.Encode(_identity, Static);
        for (var bit = 0; bit < 8 * good.Length; bit++)
        {
            var bad = good.ToArray();
            bad[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.NotNull(NoisePayload.Refuse(bad, Static, Peer));
        }
    }

    [Fact]
    public void Whatever_a_byte_of_its_frame_becomes_it_is_refused()
    {
        var good = NoisePayload.Encode(_identity, Static);
        foreach (var at in new[] { 0, 1, 2, 3, 4, 5, 38, 39 })
        {
            for (var value = 0; value <= byte.MaxValue; value++)
            {
                var bad = good.ToArray();
                bad[at] = (byte)value;
                Assert.Equal(good[at] == value, NoisePayload.Refuse(bad, Static, Peer) is null);
            }
        }
    }

    [Fact]
    public void Wherever_it_is_cut_off_it_is_refused()
    {
        var good = NoisePayload.Encode(_identity, Static);
        for (var length = 0; length < good.Length; length++) Assert.NotNull(NoisePayload.Refuse(good.AsSpan(0, length), Static, Peer));
    }

    [Fact]
    public void It_proves_one_static_key_only()
    {
        var payload = NoisePayload.Encode(_identity, Static);
        for (var i = 0; i < Static.Length; i++)
        {
            var other = Static.ToArray();
            other[i] ^= 1;
            Assert.Equal("the peer could not prove its identity", NoisePayload.Refuse(payload, other, Peer));
        }
    }

    [Fact]
    public void A_proof_without_the_prefix_is_refused()
    {
        byte[] payload = [0x0A, 36, .. PeerId.EncodeKey(_identity.PublicKey), 0x12, 64, .. _identity.Sign(Static).Span];
        Assert.Equal("the peer could not prove its identity", NoisePayload.Refuse(payload, Static, Peer));
    }

    [Fact]
    public void Another_peer_is_refused_by_name_even_with_a_valid_proof()
    {
        using var other = IdentityKey.Generate();

        var error = NoisePayload.Refuse(NoisePayload.Encode(other, Static), Static, Peer);

        Assert.Equal($"peer ID mismatch! (expected {Peer}, got {PeerId.Of(other.PublicKey)})", error);
    }

    [Fact]
    public void Extensions_and_unknown_fields_are_passed_over()
    {
        var good = NoisePayload.Encode(_identity, Static);
        byte[][] additions = [[0x22, 0], [0x22, 8, 0x12, 6, .. "/yamux"u8], [0x18, 7], [0xFA, 0x3F, 1, 9]];
        Assert.All(additions, addition =>
        {
            Assert.Null(NoisePayload.Refuse([.. good, .. addition], Static, Peer));
            Assert.Null(NoisePayload.Refuse([.. addition, .. good], Static, Peer));
        });
    }

    /// <summary>A field that comes twice counts as its last, as everywhere in protobuf: the same one is compared
    /// and proven.</summary>
    [Fact]
    public void Of_two_identities_the_last_counts()
    {
        using var other = IdentityKey.Generate();
        var (ours, theirs) = (NoisePayload.Encode(_identity, Static), NoisePayload.Encode(other, Static));

        Assert.Null(NoisePayload.Refuse([.. theirs, .. ours], Static, Peer));
        Assert.NotNull(NoisePayload.Refuse([.. ours, .. theirs], Static, Peer));
        Assert.NotNull(NoisePayload.Refuse([.. theirs, .. ours.AsSpan(0, 38)], Static, Peer));
    }

    /// <summary>libp2p allows one encoding of a key; the keys of other types are those of its specification.</summary>
    [Theory]
    [InlineData("08021221037777e994e452c21604f91de093ce415f5432f701dd8cd1a7a6fea0e630bfca99")] // secp256k1
    [InlineData("12201ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e")] // No type.
    [InlineData("12201ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e0801")] // Out of order.
    [InlineData("08810012201ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e")] // A number longer than need be.
    [InlineData("080112201ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e1800")] // A field of its own.
    [InlineData("0801121f1ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce2")] // 31 bytes.
    [InlineData("")]
    public void Any_identity_but_a_well_encoded_Ed25519_key_is_refused(string hex)
    {
        var key = Convert.FromHexString(hex);
        byte[] payload = [0x0A, (byte)key.Length, .. key, 0x12, 64, .. new byte[Signature.Size]];
        Assert.Equal("the peer's identity is not an Ed25519 key", NoisePayload.Refuse(payload, Static, Peer));
    }
}
