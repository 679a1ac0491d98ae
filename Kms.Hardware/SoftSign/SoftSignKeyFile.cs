using System.Diagnostics.CodeAnalysis;
using Kms.Core.Signing;

namespace Kms.Hardware.SoftSign;

/// <summary>How a key file is encoded (tmkms.toml, providers.softsign.key_format).</summary>
public enum SoftSignKeyFormat
{
    /// <summary>Base64. For Ed25519 of the 32-byte seed, of seed and public key (64 bytes, Go's form), of the expanded secret (64 bytes), or of a
    /// YubiHSM's export (96 bytes); for secp256k1 of the 32-byte secret.</summary>
    Base64,

    /// <summary>CometBFT's priv_validator_key.json.</summary>
    Json,
}

/// <summary>Loads a key from a file. Every failure is a sentence that names the file and what to do; no secret is ever in it.</summary>
public static class SoftSignKeyFile
{
    /// <summary>Loads a consensus key.</summary>
    /// <param name="path">The file; nobody but its owner may read it.</param>
    /// <param name="format">Its encoding.</param>
    /// <param name="algorithm">What it must be a key of; null for what the file says, and for Ed25519 where base64 says nothing.</param>
    /// <param name="signer">The key, to be disposed by the caller; null on failure.</param>
    /// <param name="error">What is wrong; null on success.</param>
    public static bool TryLoad(
        string path, SoftSignKeyFormat format, KeyAlgorithm? algorithm,
        [NotNullWhen(true)] out IConsensusSigner? signer, [NotNullWhen(false)] out string? error)
    {
        signer = null;
        if (!TryReadSecret(path, format, algorithm, out var secret, out error)) return false;
        using (secret) signer = secret.Open();
        return true;
    }

    /// <summary>Reads the seed of an Ed25519 key that another part imports, such as the identity key of SecretConnection.</summary>
    /// <param name="path">The file; nobody but its owner may read it.</param>
    /// <param name="format">Its encoding.</param>
    /// <param name="seed">32 bytes, to be disposed by the caller as soon as they are imported; null on failure.</param>
    /// <param name="error">What is wrong; null on success.</param>
    public static bool TryReadSeed(
        string path, SoftSignKeyFormat format, [NotNullWhen(true)] out KeySecret? seed, [NotNullWhen(false)] out string? error)
    {
        if (!TryReadSecret(path, format, KeyAlgorithm.Ed25519, out seed, out error)) return false;
        if (seed.Span.Length == SoftSigner.SeedSize) return true;
        seed.Dispose();
        seed = null;
        error = $"the key file {path} holds an expanded secret key, whose seed is not known: here the seed is needed, as `tmkms keygen` makes it";
        return false;
    }

    /// <summary>Reads what a file holds: for Ed25519 a seed, or an expanded secret where there is no seed.</summary>
    /// <param name="path">The file; nobody but its owner may read it.</param>
    /// <param name="format">Its encoding.</param>
    /// <param name="algorithm">What it must be a key of; null for what the file says, and for Ed25519 where base64 says nothing.</param>
    /// <param name="secret">To be disposed by the caller; null on failure.</param>
    /// <param name="error">What is wrong; null on success.</param>
    public static bool TryReadSecret(
        string path, SoftSignKeyFormat format, KeyAlgorithm? algorithm,
        [NotNullWhen(true)] out KeySecret? secret, [NotNullWhen(false)] out string? error)
    {
        secret = null;
        if (!KeyFileReader.TryRead(path, out var content, out error)) return false;
        using (content)
        {
            var isJson = content.Span.TrimStart(" \t\r\n"u8).StartsWith("{"u8);
            var decoded = (format, isJson) switch
            {
                (SoftSignKeyFormat.Json, _) => PrivValidatorKeyJson.TryDecode(content.Span, algorithm, out secret, out error),
                (_, true) => Fail("is JSON, not base64; a consensus key in CometBFT's form needs key_format = \"json\"", out error),
                _ => Base64Key.TryDecode(content.Span, algorithm ?? KeyAlgorithm.Ed25519, out secret, out error),
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
