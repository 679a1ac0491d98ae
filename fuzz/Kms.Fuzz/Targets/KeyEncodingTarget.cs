using System.Text;
using Kms.Actors.Validator;
using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Protocol.KeyEncoding;

namespace Kms.Fuzz.Targets;

/// <summary>What is read from a text is written as that text again, and what is written is read. Input: a text, also taken as bytes.</summary>
internal static class KeyEncodingTarget
{
    public static bool Run(ReadOnlySpan<byte> input)
    {
        var text = Encoding.Latin1.GetString(input);
        Property.Holds(Base58.Decode(Base58.Encode(input)).AsSpan().SequenceEqual(input), "bytes do not survive base58");
        if (Base58.Decode(text) is { } decoded) Property.Holds(Base58.Encode(decoded) == text, "a base58 text does not survive");
        Bech32OfBytes(input);
        _ = new ChainId(input).ToString();
        return PeerIds(text) | NodeIds(text) | Positions(text) | Addresses(text);
    }

    private static bool PeerIds(string text)
    {
        var read = PeerId.TryParse(text, out var id, out var error);
        Property.OneOf(read, error, "a peer id");
        if (read) Property.Holds(id!.ToString() == text && PeerId.Of(id.Key) == id, "a peer id does not survive");
        return read;
    }

    private static bool NodeIds(string text)
    {
        var read = NodeId.TryParse(text, out var id);
        if (read) Property.Holds(id!.ToString().Equals(text, StringComparison.OrdinalIgnoreCase), "a node id does not survive");
        return read;
    }

    private static bool Positions(string text)
    {
        var read = Hrs.TryParse(text, out var position);
        if (read) Property.Holds(Hrs.TryParse(position.ToString(), out var again) && again == position, "a position does not survive");
        return read;
    }

    private static bool Addresses(string text)
    {
        var read = ValidatorAddress.TryParse(text, out var address, out var error);
        Property.OneOf(read, error, "an address");
        if (read)
            Property.Holds(ValidatorAddress.TryParse(address!.ToString()!, out var again, out _) && again == address, "an address does not survive");
        return read;
    }

    private static void Bech32OfBytes(ReadOnlySpan<byte> input)
    {
        var text = Bech32.Encode("x1y", input);
        var groups = text.AsSpan(4..^6).ToArray().Select(c => "qpzry9x8gf2tvdw0s3jn54khce6mua7l".IndexOf(c, StringComparison.Ordinal)).ToArray();
        Property.Holds(text.StartsWith("x1y1", StringComparison.Ordinal) && Checksum(text) == 1, "a bech32 text has a wrong checksum");
        for (var i = 0; i < input.Length * 8; i++)
            Property.Holds((input[i / 8] >> (7 - i % 8) & 1) == (groups[i / 5] >> (4 - i % 5) & 1), "bytes do not survive bech32");
    }

    // BIP-173's verification, as it is printed there.
    private static uint Checksum(string text)
    {
        uint[] generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
        var separator = text.LastIndexOf('1');
        var values = text[..separator].Select(c => c >> 5).Append(0).Concat(text[..separator].Select(c => c & 31))
            .Concat(text[(separator + 1)..].Select(c => "qpzry9x8gf2tvdw0s3jn54khce6mua7l".IndexOf(c, StringComparison.Ordinal)));
        var remainder = 1u;
        foreach (var value in values)
        {
            var top = (int)(remainder >> 25);
            remainder = (remainder & 0x1ffffff) << 5 ^ (uint)value;
            for (var i = 0; i < 5; i++) remainder ^= (top >> i & 1) != 0 ? generator[i] : 0;
        }

        return remainder;
    }
}
