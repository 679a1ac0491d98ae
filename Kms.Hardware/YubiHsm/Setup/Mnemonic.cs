using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Kms.Hardware.SoftSign;

namespace Kms.Hardware.YubiHsm.Setup;

/// <summary>The 24 words from which all secrets of a set-up device are derived (BIP-39, English): 32 bytes of entropy and 8 bits of checksum. Lives
/// for one operation.</summary>
public sealed class Mnemonic : IDisposable
{
    /// <summary>Words of a phrase.</summary>
    public const int WordCount = 24;

    /// <summary>Size of the entropy in bytes.</summary>
    public const int EntropySize = 32;

    private readonly SecretBytes _entropy = new(EntropySize);

    private Mnemonic()
    {
    }

    /// <summary>The entropy.</summary>
    public ReadOnlySpan<byte> Entropy => _entropy.Span;

    /// <summary>The phrase of known entropy; the caller zeroes its copy.</summary>
    public static Mnemonic FromEntropy(ReadOnlySpan<byte> entropy)
    {
        if (entropy.Length != EntropySize) throw new ArgumentException($"24 words are {EntropySize} bytes, not {entropy.Length}", nameof(entropy));
        var mnemonic = new Mnemonic();
        entropy.CopyTo(mnemonic._entropy.Span);
        return mnemonic;
    }

    /// <summary>A new phrase from two sources of randomness, so that one bad source does no harm: HKDF-SHA512 of both in a row, as tmkms does.</summary>
    /// <param name="device">32 random bytes of the device.</param>
    /// <param name="system">32 random bytes of this machine.</param>
    public static Mnemonic Create(ReadOnlySpan<byte> device, ReadOnlySpan<byte> system)
    {
        if (device.Length != EntropySize || system.Length != EntropySize) throw new ArgumentException($"both sources give {EntropySize} bytes");
        using var both = new SecretBytes(2 * EntropySize);
        device.CopyTo(both.Span);
        system.CopyTo(both.Span[EntropySize..]);
        var mnemonic = new Mnemonic();
        HKDF.DeriveKey(HashAlgorithmName.SHA512, both.Span, mnemonic._entropy.Span, salt: [], "yubihsm setup BIP39 derivation"u8);
        return mnemonic;
    }

    /// <summary>Reads a phrase: 24 lower-case words with any white space between and around them.</summary>
    /// <param name="phrase">As typed; the caller zeroes it.</param>
    /// <param name="mnemonic">What it says; null on failure.</param>
    /// <param name="error">What is wrong with it, without the words.</param>
    public static bool TryParse(ReadOnlySpan<char> phrase, [NotNullWhen(true)] out Mnemonic? mnemonic, [NotNullWhen(false)] out string? error)
    {
        mnemonic = null;
        using var bits = new SecretBytes(EntropySize + 1);
        if ((error = ReadWords(phrase, bits.Span)) is not null) return false;
        if (bits.Span[EntropySize] != Checksum(bits.Span[..EntropySize]))
        {
            error = "the checksum of the phrase is wrong: a word was exchanged for another one, or two words changed places";
            return false;
        }

        mnemonic = FromEntropy(bits.Span[..EntropySize]);
        return true;
    }

    /// <summary>As <see cref="TryParse(ReadOnlySpan{char}, out Mnemonic?, out string?)"/>, of UTF-8.</summary>
    public static bool TryParse(ReadOnlySpan<byte> phrase, [NotNullWhen(true)] out Mnemonic? mnemonic, [NotNullWhen(false)] out string? error)
    {
        using var memory = new SecretBytes(phrase.Length * sizeof(char));
        var text = MemoryMarshal.Cast<byte, char>(memory.Span);
        return TryParse(text[..Encoding.UTF8.GetChars(phrase, text)], out mnemonic, out error);
    }

    /// <summary>The phrase as UTF-8, single spaces between the words: what is shown once, and the password of the admin key.</summary>
    public SecretBytes ToPhrase()
    {
        using var text = new SecretBytes(WordCount * (Bip39Words.MaxLength + 1));
        using var bits = new SecretBytes(EntropySize + 1);
        Entropy.CopyTo(bits.Span);
        bits.Span[EntropySize] = Checksum(Entropy);

        var length = 0;
        for (var i = 0; i < WordCount; i++)
        {
            if (i > 0) text.Span[length++] = (byte)' ';
            length += Encoding.ASCII.GetBytes(Bip39Words.At(ReadBits(bits.Span, i)), text.Span[length..]);
        }

        var phrase = new SecretBytes(length);
        text.Span[..length].CopyTo(phrase.Span);
        return phrase;
    }

    /// <inheritdoc/>
    public void Dispose() => _entropy.Dispose();

    private static string? ReadWords(ReadOnlySpan<char> phrase, Span<byte> bits)
    {
        var count = 0;
        for (phrase = phrase.TrimStart(); !phrase.IsEmpty; phrase = phrase.TrimStart())
        {
            var length = phrase.IndexOfAny(" \t\r\n");
            var word = length < 0 ? phrase : phrase[..length];
            if (++count > WordCount) return $"the phrase has more than {WordCount} words";
            if (Bip39Words.IndexOf(word) is var index && index < 0) return $"word {count} is not in the list of BIP-39: see its spelling, in lower case";
            WriteBits(bits, count - 1, index);
            phrase = phrase[word.Length..];
        }

        return count == WordCount ? null : $"the phrase has {count} words instead of {WordCount}: all of them belong in one line";
    }

    /// <summary>The first 8 bits of the hash (BIP-39: one for each 32 bits of entropy).</summary>
    private static byte Checksum(ReadOnlySpan<byte> entropy)
    {
        using var hash = new SecretBytes(SHA256.HashSizeInBytes);
        SHA256.HashData(entropy, hash.Span);
        return hash.Span[0];
    }

    private static int ReadBits(ReadOnlySpan<byte> bits, int word)
    {
        var value = 0;
        for (var i = word * Bip39Words.Bits; i < (word + 1) * Bip39Words.Bits; i++) value = value << 1 | bits[i / 8] >> (7 - i % 8) & 1;
        return value;
    }

    private static void WriteBits(Span<byte> bits, int word, int value)
    {
        for (var i = 0; i < Bip39Words.Bits; i++)
        {
            var at = word * Bip39Words.Bits + i;
            bits[at / 8] |= (byte)((value >> (Bip39Words.Bits - 1 - i) & 1) << (7 - at % 8));
        }
    }
}
