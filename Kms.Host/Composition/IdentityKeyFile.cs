using System.Diagnostics.CodeAnalysis;
using Kms.Hardware.SoftSign;
using Kms.Protocol.SecretConnection;

namespace Kms.Host.Composition;

/// <summary>Loads the key this signer proves its identity with: the file is read like every key file, the key is SecretConnection's.</summary>
public static class IdentityKeyFile
{
    /// <summary>Loads a key as <c>tmkms keygen</c> writes it.</summary>
    /// <param name="path">validator.secret_key; nobody but its owner may read it.</param>
    /// <param name="key">The key, to be disposed by the caller; null on failure.</param>
    /// <param name="error">What is wrong and what to do; null on success.</param>
    public static bool TryLoad(string path, [NotNullWhen(true)] out IdentityKey? key, [NotNullWhen(false)] out string? error)
    {
        key = null;
        if (!SoftSignKeyFile.TryReadSeed(path, SoftSignKeyFormat.Base64, out var seed, out error)) return false;
        using (seed) key = IdentityKey.FromSeed(seed.Span);
        return true;
    }
}
