using CsCheck;
using Kms.Core.Signing;
using Kms.Protocol.KeyEncoding;

namespace Kms.Protocol.Tests.Properties;

/// <summary>Keys and ids survive their text forms, and no two of them share one.</summary>
public class KeyEncodingProperties
{
    private const string Bech32Alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

    private static readonly Gen<PublicKey> Ed25519 = Gen.Byte.Array[32].Select(bytes => new PublicKey(KeyAlgorithm.Ed25519, bytes));

    // Zeroes in front are what a number forgets.
    private static readonly Gen<byte[]> Bytes =
        Gen.Select(Gen.Int[0, 3], Gen.Byte.Array[0, 60], (zeros, rest) => (byte[])[.. new byte[zeros], .. rest]);

    [Fact]
    public void Bytes_survive_base58() => Bytes.Sample(bytes => Assert.Equal(bytes, Base58.Decode(Base58.Encode(bytes))), iter: 10_000);

    [Fact]
    public void Base58_texts_survive() => Gen.Char["123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"].Array[0, 60]
        .Sample(text => Assert.Equal(text, Base58.Encode(Base58.Decode(text))), iter: 10_000);

    [Fact]
    public void Peer_ids_survive() => Ed25519.Sample(key =>
    {
        Assert.True(PeerId.TryParse(PeerId.Of(key).ToString(), out var id, out _));
        Assert.Equal(key, id.Key);
    }, iter: 5_000);

    [Fact]
    public void Any_text_is_a_peer_id_exactly_when_it_is_the_text_of_one() =>
        Gen.Select(Ed25519, Gen.Int[0, 51], Gen.Char['0', 'z']).Sample((key, at, other) =>
        {
            var text = PeerId.Of(key).ToString().ToCharArray();
            text[at] = other;

            if (PeerId.TryParse(new string(text), out var id, out _)) Assert.Equal(new string(text), id.ToString());
        }, iter: 20_000);

    [Fact]
    public void Node_ids_survive_in_either_case() => Ed25519.Sample(key =>
    {
        var id = NodeId.Of(key);
        Assert.True(NodeId.TryParse(id.ToString(), out var lower));
        Assert.True(NodeId.TryParse(Convert.ToHexString(id.Span), out var upper));
        Assert.Equal((id, id), (lower, upper));
    }, iter: 5_000);

    [Fact]
    public void Bytes_survive_bech32_and_its_checksum_is_right() => Gen.Select(Bytes, Gen.Char['a', 'z'].Array[1, 83]).Sample((bytes, letters) =>
    {
        var prefix = new string(letters);
        var text = Bech32.Encode(prefix, bytes);

        Assert.StartsWith(prefix + "1", text, StringComparison.Ordinal);
        var groups = text[(prefix.Length + 1)..].Select(c => Bech32Alphabet.IndexOf(c, StringComparison.Ordinal)).ToArray();
        Assert.Equal(1, Remainder([.. prefix.Select(c => c >> 5), 0, .. prefix.Select(c => c & 31), .. groups]));
        var bits = string.Concat(groups[..^6].Select(group => Convert.ToString(group, 2).PadLeft(5, '0')));
        Assert.Equal(string.Concat(bytes.Select(b => Convert.ToString(b, 2).PadLeft(8, '0'))), bits[..(bytes.Length * 8)]);
        Assert.All(bits[(bytes.Length * 8)..], bit => Assert.Equal('0', bit));
    }, iter: 5_000);

    // As BIP-173 has it: the polynomial over GF(32), modulo the generator.
    private static int Remainder(int[] values)
    {
        int[] generator = [0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3];
        return values.Aggregate(1, (remainder, value) =>
            Enumerable.Range(0, 5).Where(i => ((remainder >> 25) >> i & 1) != 0)
                .Aggregate((remainder & 0x1FFFFFF) << 5 ^ value, (sum, i) => sum ^ generator[i]));
    }
}
