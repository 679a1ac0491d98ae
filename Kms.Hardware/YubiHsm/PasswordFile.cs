using System.Diagnostics.CodeAnalysis;
using Kms.Hardware.SoftSign;
using Kms.Hardware.YubiHsm.Scp03;

namespace Kms.Hardware.YubiHsm;

/// <summary>Reads the password of an authentication key from a file that only its owner may open. White space at its end is not part of it, as in tmkms.</summary>
public static class PasswordFile
{
    /// <summary>Reads it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="keyId">The authentication key.</param>
    /// <param name="credentials">What opens sessions; null on failure.</param>
    /// <param name="error">What is wrong and what to do.</param>
    public static bool TryRead(string path, ushort keyId, [NotNullWhen(true)] out Credentials? credentials, [NotNullWhen(false)] out string? error)
    {
        credentials = null;
        if (!KeyFileReader.TryRead(path, out var content, out error, "password file")) return false;
        using (content)
        {
            var password = content.Span.TrimEnd(" \t\r\n"u8);
            if (password.IsEmpty) error = $"the password file {path} has no password in it";
            else credentials = Credentials.FromPassword(keyId, password);
        }

        return credentials is not null;
    }
}
