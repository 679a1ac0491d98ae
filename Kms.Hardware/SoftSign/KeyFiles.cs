using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Kms.Core.Signing;

namespace Kms.Hardware.SoftSign;

/// <summary>Writes key files: readable by their owner only, never over an existing file, and on disk when the call returns. A key that was
/// announced to a chain and then lost in a power cut is a lost validator.</summary>
public static class KeyFiles
{
    /// <summary>Writes <paramref name="secret"/> as base64 without a line end, as tmkms does.</summary>
    /// <param name="path">A file that does not exist yet.</param>
    /// <param name="secret">What <see cref="KeySecret.Span"/> holds; the caller zeroes its copy.</param>
    /// <param name="error">What went wrong; null on success.</param>
    public static bool Create(string path, ReadOnlySpan<byte> secret, [NotNullWhen(false)] out string? error)
    {
        using var text = new SecretBytes(Base64.GetMaxEncodedToUtf8Length(secret.Length));
        Base64.EncodeToUtf8(secret, text.Span, out _, out var length);
        return CreateText(path, text.Span[..length], out error);
    }

    /// <summary>Writes a text as it is, with the same care.</summary>
    /// <param name="path">A file that does not exist yet.</param>
    /// <param name="text">UTF-8; the caller zeroes its copy.</param>
    /// <param name="error">What went wrong; null on success.</param>
    public static bool CreateText(string path, ReadOnlySpan<byte> text, [NotNullWhen(false)] out string? error)
    {
        var created = false;
        try
        {
            using (var file = new FileStream(path, NewSecretFile()))
            {
                created = true;
                file.Write(text);
                file.Flush(flushToDisk: true);
            }

            error = DirectoryEntry.Flush(Path.GetDirectoryName(Path.GetFullPath(path))!);
            return error is null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (created) File.Delete(path);
            error = !created && File.Exists(path)
                ? $"{path} exists already and is not overwritten: choose another path, or move the old key away first"
                : $"cannot write {path}: {Reason(e)}";
            return false;
        }
    }

    /// <summary>Makes a new random key and writes it.</summary>
    /// <param name="path">A file that does not exist yet.</param>
    /// <param name="algorithm">What it is a key of.</param>
    /// <param name="publicKey">The public key of the new key; null on failure.</param>
    /// <param name="error">What went wrong; null on success.</param>
    public static bool Generate(
        string path, KeyAlgorithm algorithm, [NotNullWhen(true)] out PublicKey? publicKey, [NotNullWhen(false)] out string? error)
    {
        publicKey = null;
        using var secret = NewSecret(algorithm);
        if (!Create(path, secret.Span, out error)) return false;
        using var signer = secret.Open();
        publicKey = signer.PublicKey;
        return true;
    }

    private static KeySecret NewSecret(KeyAlgorithm algorithm)
    {
        // 32 bytes for both.
        var bytes = new SecretBytes(SoftSigner.SeedSize);
        do RandomNumberGenerator.Fill(bytes.Span);
        while (algorithm == KeyAlgorithm.Secp256k1 && !Secp256k1Signer.IsValid(bytes.Span));
        return new KeySecret(algorithm, bytes);
    }

    private static FileStreamOptions NewSecretFile()
    {
        // No buffer: the stream's own copy of the secret would stay in memory.
        return new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
    }

    private static string Reason(Exception e) => e switch
    {
        DirectoryNotFoundException => "the directory does not exist",
        UnauthorizedAccessException => "permission denied",
        _ => e.Message,
    };
}
