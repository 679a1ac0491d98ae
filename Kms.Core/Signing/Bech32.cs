namespace Kms.Core.Signing;

/// <summary>Bech32 (BIP-173), the text form of keys and addresses in Cosmos SDK chains. Only encoding is needed here. The limit of 90
/// characters is not applied: the SDK and tmkms print longer keys under long prefixes.</summary>
public static class Bech32
{
    /// <summary>Longest human-readable part (BIP-173).</summary>
    public const int MaxPrefixLength = 83;

    private const string Alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    private const int ChecksumLength = 6;

    /// <summary>Whether <paramref name="prefix"/> may stand before the separator: 1 to 83 printable ASCII characters, none upper case.</summary>
    public static bool IsValidPrefix(string prefix) =>
        prefix.Length is >= 1 and <= MaxPrefixLength && prefix.All(c => c is >= '!' and <= '~' and not (>= 'A' and <= 'Z'));

    /// <summary>Encodes bytes.</summary>
    /// <param name="prefix">The human-readable part.</param>
    /// <param name="data">Any bytes; regrouped into fives with zero padding.</param>
    public static string Encode(string prefix, ReadOnlySpan<byte> data)
    {
        var groups = new byte[(data.Length * 8 + 4) / 5];
        int buffer = 0, bits = 0, at = 0;
        foreach (var b in data)
        {
            buffer = (buffer & 0xFFF) << 8 | b;
            for (bits += 8; bits >= 5; bits -= 5) groups[at++] = (byte)(buffer >> (bits - 5) & 31);
        }

        if (bits > 0) groups[at] = (byte)(buffer << (5 - bits) & 31);
        return EncodeGroups(prefix, groups);
    }

    /// <summary>Encodes values of five bits each and adds the checksum.</summary>
    /// <param name="prefix">The human-readable part.</param>
    /// <param name="groups">Values 0 to 31.</param>
    /// <exception cref="ArgumentException">The prefix is not valid.</exception>
    public static string EncodeGroups(string prefix, ReadOnlySpan<byte> groups)
    {
        if (!IsValidPrefix(prefix)) throw new ArgumentException($"not a bech32 prefix: {prefix}", nameof(prefix));
        var text = new char[prefix.Length + 1 + groups.Length + ChecksumLength];
        prefix.CopyTo(text);
        text[prefix.Length] = '1';
        for (var i = 0; i < groups.Length; i++) text[prefix.Length + 1 + i] = Alphabet[groups[i]];

        var checksum = Checksum(prefix, groups);
        for (var i = 0; i < ChecksumLength; i++)
            text[^(ChecksumLength - i)] = Alphabet[(int)(checksum >> 5 * (ChecksumLength - 1 - i) & 31)];
        return new string(text);
    }

    // BIP-173: the remainder of prefix, data and six zeroes, XORed with 1.
    private static uint Checksum(string prefix, ReadOnlySpan<byte> groups)
    {
        var remainder = 1u;
        foreach (var c in prefix) remainder = Step(remainder, (byte)(c >> 5));
        remainder = Step(remainder, 0);
        foreach (var c in prefix) remainder = Step(remainder, (byte)(c & 31));
        foreach (var group in groups) remainder = Step(remainder, group);
        for (var i = 0; i < ChecksumLength; i++) remainder = Step(remainder, 0);
        return remainder ^ 1;
    }

    private static uint Step(uint remainder, byte value)
    {
        var top = remainder >> 25;
        remainder = (remainder & 0x1FFFFFF) << 5 ^ value;
        if ((top & 1) != 0) remainder ^= 0x3B6A57B2;
        if ((top & 2) != 0) remainder ^= 0x26508E6D;
        if ((top & 4) != 0) remainder ^= 0x1EA119FA;
        if ((top & 8) != 0) remainder ^= 0x3D4233DD;
        if ((top & 16) != 0) remainder ^= 0x2A1462B3;
        return remainder;
    }
}
