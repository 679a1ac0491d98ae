using System.Diagnostics.CodeAnalysis;
using Kms.Hardware.SoftSign;

namespace Kms.Hardware.YubiHsm;

/// <summary>Reads the password of an authentication key from a file that only its owner may open.</summary>
public static class PasswordFile
{
    /// <summary>Reads it; white space at the end is not part of it, as in tmkms.</summary>
    /// <param name="path">The file.</param>
    /// <param name="password">UTF-8, to be disposed by the caller; null on failure.</param>
    /// <param name="error">What is wrong and what to do; null on success.</param>
    public static bool TryRead(string path, [NotNullWhen(true)] out SecretBytes? password, [NotNullWhen(false)] out string? error)
    {
        password = null;
        if (!KeyFileReader.TryRead(path, out var content, out error, "password file")) return false;
        using (content)
        {
            var text = content.Span.TrimEnd(" \t\r\n"u8);
            if (text.IsEmpty)
            {
                error = $"the password file {path} has nothing but white space";
                return false;
            }

            password = new SecretBytes(text.Length);
            text.CopyTo(password.Span);
            return true;
        }
    }
}
