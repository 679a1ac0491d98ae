using System.Diagnostics.CodeAnalysis;
using Kms.Core.Signing;

namespace Kms.Hardware.SoftSign;

/// <summary>How a key file is encoded (tmkms.toml, providers.softsign.key_format).</summary>
public enum SoftSignKeyFormat
{
    /// <summary>Base64 of the 32-byte seed, of seed and public key (64 bytes, Go's form), of the expanded secret (64 bytes), or of a YubiHSM's
    /// export (96 bytes).</summary>
    Base64,

    /// <summary>CometBFT's priv_validator_key.json.</summary>
    Json,
}

/// <summary>Loads an Ed25519 key from a file. Every failure is a sentence that names the file and what to do; no secret is ever in it.</summary>
public static class SoftSignKeyFile
{
    /// <summary>Loads a consensus key.</summary>
    /// <param name="path">The file; nobody but its owner may read it.</param>
    /// <param name="format">Its encoding.</param>
    /// <param name="signer">The key, to be disposed by the caller; null on failure.</param>
    /// <param name="error">What is wrong; null on success.</param>
    public static bool TryLoad(
        string path, SoftSignKeyFormat format, [NotNullWhen(true)] out IConsensusSigner? signer, [NotNullWhen(false)] out string? error)
    {
        signer = null;
        if (!TryReadSecret(path, format, out var secret, out error)) return false;
        using (secret) signer = Open(secret.Span);
        return true;
    }

    /// <summary>The key of a secret; the caller zeroes its copy.</summary>
    /// <param name="secret">A seed (32 bytes) or an expanded secret (64 bytes).</param>
    /// <exception cref="ArgumentException">Neither.</exception>
    public static IConsensusSigner Open(ReadOnlySpan<byte> secret) =>
        secret.Length == ExpandedSigner.SecretSize ? ExpandedSigner.FromSecret(secret) : SoftSigner.FromSeed(secret);

    /// <summary>Reads the seed of a key that another part imports, such as the identity key of SecretConnection.</summary>
    /// <param name="path">The file; nobody but its owner may read it.</param>
    /// <param name="format">Its encoding.</param>
    /// <param name="seed">32 bytes, to be disposed by the caller as soon as they are imported; null on failure.</param>
    /// <param name="error">What is wrong; null on success.</param>
    public static bool TryReadSeed(
        string path, SoftSignKeyFormat format, [NotNullWhen(true)] out SecretBytes? seed, [NotNullWhen(false)] out string? error)
    {
        if (!TryReadSecret(path, format, out seed, out error)) return false;
        if (seed.Span.Length == SoftSigner.SeedSize) return true;
        seed.Dispose();
        seed = null;
        error = $"the key file {path} holds an expanded secret key, whose seed is not known: here the seed is needed, as `tmkms keygen` makes it";
        return false;
    }

    /// <summary>Reads what a file holds: a seed, or an expanded secret where there is no seed.</summary>
    /// <param name="path">The file; nobody but its owner may read it.</param>
    /// <param name="format">Its encoding.</param>
    /// <param name="secret">32 or 64 bytes for <see cref="Open"/>, to be disposed by the caller; null on failure.</param>
    /// <param name="error">What is wrong; null on success.</param>
    public static bool TryReadSecret(
        string path, SoftSignKeyFormat format, [NotNullWhen(true)] out SecretBytes? secret, [NotNullWhen(false)] out string? error)
    {
        secret = null;
        if (!KeyFileReader.TryRead(path, out var content, out error)) return false;
        using (content)
        {
            var isJson = content.Span.TrimStart(" \t\r\n"u8).StartsWith("{"u8);
            var decoded = (format, isJson) switch
            {
                (SoftSignKeyFormat.Json, _) => PrivValidatorKeyJson.TryDecode(content.Span, out secret, out error),
                (_, true) => Fail("is JSON, not base64; a consensus key in CometBFT's form needs key_format = \"json\"", out error),
                _ => Base64Key.TryDecode(content.Span, out secret, out error),
            };
            if (!decoded) error = $"the key file {path} {error}";
            return decoded;
        }
    }

    private static bool Fail(string sentence, out string? error)
    {
        error = sentence;
        return false;
    }
}
