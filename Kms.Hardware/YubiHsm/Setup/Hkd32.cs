using System.Security.Cryptography;
using System.Text;
using Kms.Hardware.SoftSign;

namespace Kms.Hardware.YubiHsm.Setup;

/// <summary>The derivation of tmkms (the crate hkd32): a tree of 32-byte secrets, each level HMAC-SHA512 of the name under the secret above. The
/// right half leads on, the left half is the result, so that no result says anything about what lies below it.</summary>
internal static class Hkd32
{
    /// <summary>Derives the secret of a path.</summary>
    /// <param name="entropy">The root, 32 bytes.</param>
    /// <param name="path">Names between slashes, after a leading slash.</param>
    public static SecretBytes Derive(ReadOnlySpan<byte> entropy, string path)
    {
        using var key = new SecretBytes(32);
        using var mac = new SecretBytes(HMACSHA512.HashSizeInBytes);
        entropy.CopyTo(key.Span);
        foreach (var name in path[1..].Split('/'))
        {
            HMACSHA512.HashData(key.Span, Encoding.ASCII.GetBytes(name), mac.Span);
            mac.Span[32..].CopyTo(key.Span);
        }

        var secret = new SecretBytes(32);
        mac.Span[..32].CopyTo(secret.Span);
        return secret;
    }
}
