namespace Kms.Protocol.KeyEncoding;

/// <summary>Base58 with Bitcoin's alphabet (base58btc), the text form of libp2p peer ids: a big-endian number in base 58, with one '1' in front
/// for every leading zero byte. The work grows with the square of the length, so callers bound it.</summary>
internal static class Base58
{
    private const string Alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

    /// <summary>Encodes bytes.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes)
    {
        var digits = new List<int>();
        foreach (var b in bytes) Shift(digits, 256, b, 58);
        var zeros = bytes.Length - bytes.TrimStart((byte)0).Length;
        return new string([.. Enumerable.Repeat(Alphabet[0], zeros), .. Enumerable.Reverse(digits).Select(digit => Alphabet[digit])]);
    }

    /// <summary>Decodes a text; null when it has a character that is not of the alphabet, spaces included. Every text it accepts is the
    /// one that <see cref="Encode"/> makes of the result.</summary>
    public static byte[]? Decode(ReadOnlySpan<char> text)
    {
        var digits = new List<int>();
        foreach (var c in text)
        {
            var value = Alphabet.IndexOf(c, StringComparison.Ordinal);
            if (value < 0) return null;
            Shift(digits, 58, value, 256);
        }

        var zeros = text.Length - text.TrimStart(Alphabet[0]).Length;
        return [.. Enumerable.Repeat((byte)0, zeros), .. Enumerable.Reverse(digits).Select(digit => (byte)digit)];
    }

    // Number times factor plus carry; digits of the given radix, lowest first.
    private static void Shift(List<int> digits, int factor, int carry, int radix)
    {
        for (var i = 0; i < digits.Count; i++)
        {
            carry += digits[i] * factor;
            (digits[i], carry) = (carry % radix, carry / radix);
        }

        for (; carry > 0; carry /= radix) digits.Add(carry % radix);
    }
}
