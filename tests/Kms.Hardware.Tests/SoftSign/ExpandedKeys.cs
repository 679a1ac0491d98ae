using System.Security.Cryptography;

namespace Kms.Hardware.Tests.SoftSign;

/// <summary>A seed's key in the forms that hold no seed, made here from RFC 8032 and not by the code under test.</summary>
public static class ExpandedKeys
{
    /// <summary>The clamped scalar and the nonce prefix, as SHA-512 of a seed gives them (RFC 8032, section 5.1.5).</summary>
    public static byte[] Of(byte[] seed)
    {
        var expanded = SHA512.HashData(seed);
        expanded[0] &= 248;
        expanded[31] = (byte)(expanded[31] & 127 | 64);
        return expanded;
    }

    /// <summary>What a YubiHSM exports: the scalar big-endian, the prefix, the public key.</summary>
    public static byte[] YubiHsmExportOf(byte[] seed, string publicKeyHex)
    {
        var expanded = Of(seed);
        Array.Reverse(expanded, 0, 32);
        return [.. expanded, .. Convert.FromHexString(publicKeyHex)];
    }
}
