using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Kms.Core.Signing;

namespace Kms.Hardware.SoftSign;

/// <summary>The secret-key encodings a base64 text can hold: those of tmkms (src/keyring/ed25519/signing_key.rs), told apart by size, and
/// Go's. Pure; all buffers are zeroed.</summary>
internal static class Base64Key
{
    private const int PublicKeySize = 32;
    private const int SeedAndPublicKey = SoftSigner.SeedSize + PublicKeySize;
    private const int YubiHsmExport = ExpandedSigner.SecretSize + PublicKeySize;

    /// <summary>Decodes base64 text.</summary>
    /// <param name="text">Base64 (RFC 4648, section 4); surrounding white space is fine.</param>
    /// <param name="algorithm">What it must be a key of.</param>
    /// <param name="secret">The key; null on failure.</param>
    /// <param name="error">What the text is instead, to follow the name of its source.</param>
    public static bool TryDecode(
        ReadOnlySpan<byte> text, KeyAlgorithm algorithm, [NotNullWhen(true)] out KeySecret? secret, [NotNullWhen(false)] out string? error)
    {
        secret = null;
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

        var bytes = algorithm == KeyAlgorithm.Secp256k1 ? TakeSecp256k1(decoded.Span[..written], out error) : TakeEd25519(decoded.Span[..written], out error);
        if (bytes is not null) secret = new KeySecret(algorithm, bytes);
        return secret is not null;
    }

    private static SecretBytes? TakeSecp256k1(ReadOnlySpan<byte> key, out string? error)
    {
        error = key.Length != Secp256k1Signer.SecretSize ? $"has {key.Length} bytes; a secp256k1 key has {Secp256k1Signer.SecretSize}"
            : !Secp256k1Signer.IsValid(key) ? "is not a secp256k1 key: it is zero, or not below the order of the group"
            : null;
        return error is null ? Copy(key) : null;
    }

    private static SecretBytes? TakeEd25519(ReadOnlySpan<byte> key, out string? error)
    {
        error = null;
        switch (key.Length)
        {
            case SoftSigner.SeedSize:
                return Copy(key);
            // Both are 64 bytes. The second half is the public key of the first in one of them only, short of a broken curve.
            case SeedAndPublicKey when IsPublicKeyOf(key[..SoftSigner.SeedSize], key[SoftSigner.SeedSize..]):
                return Copy(key[..SoftSigner.SeedSize]);
            case ExpandedSigner.SecretSize when ExpandedSigner.IsClamped(key):
                return Copy(key);
            case SeedAndPublicKey:
                error = "has 64 bytes, but the second half is not the public key of the first, nor is the first a clamped scalar: it is damaged";
                return null;
            case YubiHsmExport:
                return TakeYubiHsmExport(key, out error);
            default:
                error = $"has {key.Length} bytes; an Ed25519 key has 32 (the seed), 64 (the seed and its public key, or the expanded key) "
                    + "or 96 (as a YubiHSM exports it)";
                return null;
        }
    }

    /// <summary>Scalar, big-endian; prefix; public key (yubihsm-shell, common/util.c, read_private_key).</summary>
    private static SecretBytes? TakeYubiHsmExport(ReadOnlySpan<byte> key, out string? error)
    {
        var secret = Copy(key[..ExpandedSigner.SecretSize]);
        secret.Span[..32].Reverse();
        error = !ExpandedSigner.IsClamped(secret.Span) ? "has 96 bytes, but no scalar as a YubiHSM exports it: it is damaged"
            : !IsPublicKeyOf(secret.Span, key[ExpandedSigner.SecretSize..]) ? "has 96 bytes, but the last 32 are not the public key of the first: it is damaged"
            : null;
        if (error is null) return secret;
        secret.Dispose();
        return null;
    }

    private static bool IsPublicKeyOf(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> publicKey)
    {
        using IConsensusSigner signer = secret.Length == ExpandedSigner.SecretSize ? ExpandedSigner.FromSecret(secret) : SoftSigner.FromSeed(secret);
        return CryptographicOperations.FixedTimeEquals(signer.PublicKey.Span, publicKey);
    }

    private static SecretBytes Copy(ReadOnlySpan<byte> bytes)
    {
        var copy = new SecretBytes(bytes.Length);
        bytes.CopyTo(copy.Span);
        return copy;
    }

    private static bool IsHex(ReadOnlySpan<byte> text)
    {
        foreach (var b in text)
        {
            if (!char.IsAsciiHexDigit((char)b)) return false;
        }

        return true;
    }
}
