using System.Diagnostics.CodeAnalysis;

namespace Kms.Hardware.SoftSign;

/// <summary>How a key file is encoded (tmkms.toml, providers.softsign.key_format).</summary>
public enum SoftSignKeyFormat
{
    /// <summary>Base64 of the 32-byte seed, or of seed and public key (64 bytes, Go's form).</summary>
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
        string path, SoftSignKeyFormat format, [NotNullWhen(true)] out SoftSigner? signer, [NotNullWhen(false)] out string? error)
    {
        signer = null;
        if (!TryReadSeed(path, format, out var seed, out error)) return false;
        using (seed) signer = SoftSigner.FromSeed(seed.Span);
        return true;
    }

    /// <summary>Reads the seed of a key that another part imports, such as the identity key of SecretConnection.</summary>
    /// <param name="path">The file; nobody but its owner may read it.</param>
    /// <param name="format">Its encoding.</param>
    /// <param name="seed">32 bytes, to be disposed by the caller as soon as they are imported; null on failure.</param>
    /// <param name="error">What is wrong; null on success.</param>
    public static bool TryReadSeed(
        string path, SoftSignKeyFormat format, [NotNullWhen(true)] out SecretBytes? seed, [NotNullWhen(false)] out string? error)
    {
        seed = null;
        if (!KeyFileReader.TryRead(path, out var content, out error)) return false;
        using (content)
        {
            var isJson = content.Span.TrimStart(" \t\r\n"u8).StartsWith("{"u8);
            var decoded = (format, isJson) switch
            {
                (SoftSignKeyFormat.Json, _) => PrivValidatorKeyJson.TryDecode(content.Span, out seed, out error),
                (_, true) => Fail("is JSON, not base64; a consensus key in CometBFT's form needs key_format = \"json\"", out error),
                _ => Base64Key.TryDecode(content.Span, out seed, out error),
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
