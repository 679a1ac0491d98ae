using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Kms.Hardware.SoftSign;

/// <summary>The secret-key encodings a base64 text can hold, told apart by size. Pure; all buffers are zeroed.</summary>
internal static class Base64Key
{
    private const int SeedAndPublicKey = 64;
    private const int YubiHsmExport = 96;

    private const string UseSeed =
        "this signer needs the seed: import the priv_validator_key.json the key came from with `tmkms softsign import`";

    /// <summary>Decodes base64 text and takes the seed from it.</summary>
    /// <param name="text">Base64 (RFC 4648, section 4); surrounding white space is fine.</param>
    /// <param name="seed">32 bytes; null on failure.</param>
    /// <param name="error">What the text is instead, to follow the name of its source.</param>
    public static bool TryDecode(ReadOnlySpan<byte> text, [NotNullWhen(true)] out SecretBytes? seed, [NotNullWhen(false)] out string? error)
    {
        seed = null;
        text = text.Trim(" \t\r\n"u8);
        using var decoded = new SecretBytes(Base64.GetMaxDecodedFromUtf8Length(text.Length));
        if (Base64.DecodeFromUtf8(text, decoded.Span, out _, out var written) != OperationStatus.Done)
        {
            error = "is not base64";
            return false;
        }

        if (text.Length is 64 or 128 && IsHex(text))
        {
            error = "looks like hexadecimal; it must be base64";
            return false;
        }

        return TryTakeSeed(decoded.Span[..written], out seed, out error);
    }

    private static bool TryTakeSeed(ReadOnlySpan<byte> key, out SecretBytes? seed, out string? error)
    {
        seed = null;
        error = key.Length switch
        {
            SoftSigner.SeedSize => null,
            SeedAndPublicKey when IsPublicKeyOf(key[..SoftSigner.SeedSize], key[SoftSigner.SeedSize..]) => null,
            SeedAndPublicKey when IsClamped(key) => $"is an expanded secret key (scalar and nonce prefix), which cannot be used here; {UseSeed}",
            SeedAndPublicKey => "has 64 bytes, but the second half is not the public key of the first: it is damaged",
            YubiHsmExport => $"is a key exported from a YubiHSM, which holds no seed and cannot be used here; {UseSeed}",
            _ => $"has {key.Length} bytes; an Ed25519 key has 32 (the seed) or 64 (the seed and its public key)",
        };
        if (error is not null) return false;

        seed = new SecretBytes(SoftSigner.SeedSize);
        key[..SoftSigner.SeedSize].CopyTo(seed.Span);
        return true;
    }

    private static bool IsPublicKeyOf(ReadOnlySpan<byte> seed, ReadOnlySpan<byte> publicKey)
    {
        using var signer = SoftSigner.FromSeed(seed);
        return CryptographicOperations.FixedTimeEquals(signer.PublicKey.Span, publicKey);
    }

    /// <summary>Whether the first 32 bytes can be a clamped scalar (RFC 8032, section 5.1.5, step 2).</summary>
    private static bool IsClamped(ReadOnlySpan<byte> key) => (key[0] & 0x07) == 0 && (key[31] & 0xC0) == 0x40;

    private static bool IsHex(ReadOnlySpan<byte> text)
    {
        foreach (var b in text)
        {
            if (!char.IsAsciiHexDigit((char)b)) return false;
        }

        return true;
    }
}
