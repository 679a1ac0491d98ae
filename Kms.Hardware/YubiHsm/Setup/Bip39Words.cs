using System.Diagnostics;
using System.Text;

namespace Kms.Hardware.YubiHsm.Setup;

/// <summary>The 2048 English words of BIP-39: each stands for 11 bits.</summary>
internal static class Bip39Words
{
    /// <summary>Bits of a word.</summary>
    public const int Bits = 11;

    /// <summary>Characters of the longest one.</summary>
    public const int MaxLength = 8;

    private static readonly string[] Words = Read();

    /// <summary>The word of 11 bits.</summary>
    public static string At(int index) => Words[index];

    /// <summary>The 11 bits of a word; negative when it is none.</summary>
    public static int IndexOf(ReadOnlySpan<char> word)
    {
        int low = 0, high = Words.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = word.SequenceCompareTo(Words[middle]);
            if (order == 0) return middle;
            if (order < 0) high = middle - 1;
            else low = middle + 1;
        }

        return -1;
    }

    private static string[] Read()
    {
        using var resource = typeof(Bip39Words).Assembly.GetManifestResourceStream("bip39-english.txt")!;
        using var reader = new StreamReader(resource, Encoding.ASCII);
        var words = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return words.Length == 1 << Bits ? words : throw new UnreachableException("the word list is not whole");
    }
}
