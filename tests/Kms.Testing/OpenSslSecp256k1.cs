using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;

namespace Kms.Testing;

/// <summary>ECDSA on secp256k1 by OpenSSL, through the base class library: it shares no code with the product, whose arithmetic is BouncyCastle's.
/// What OpenSSL is not asked for, compressed points and the lower half, is written here once more (SEC 1, section 2.3.4).</summary>
public static class OpenSslSecp256k1
{
    private static readonly ECCurve Curve = ECCurve.CreateFromFriendlyName("secp256k1");

    private static readonly BigInteger P = Number("0FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFC2F");

    /// <summary>The order of the group.</summary>
    public static BigInteger Order { get; } = Number("0FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141");

    /// <summary>A secret's public key, 33 bytes.</summary>
    public static byte[] PublicKey(byte[] secret)
    {
        using var key = Open(secret);
        var q = key.ExportParameters(includePrivateParameters: false).Q;
        return [(byte)(2 + (q.Y![31] & 1)), .. q.X!];
    }

    /// <summary>Signs the SHA-256 of a message with a random nonce: r‖s with s in the lower half.</summary>
    public static byte[] Sign(byte[] secret, byte[] message)
    {
        using var key = Open(secret);
        var signature = key.SignData(message, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        return IsLow(signature) ? signature : OtherHalf(signature);
    }

    /// <summary>Whether OpenSSL takes a signature, and s is in the lower half.</summary>
    public static bool Verifies(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        using var key = ECDsa.Create(new ECParameters { Curve = Curve, Q = Point(publicKey) });
        return IsLow(signature)
            && key.VerifyData(message, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    /// <summary>The equivalent signature with the order minus s.</summary>
    public static byte[] OtherHalf(ReadOnlySpan<byte> signature) => [.. signature[..32], .. Bytes(Order - Number(signature[32..]))];

    /// <summary>Whether s is at most half the order.</summary>
    public static bool IsLow(ReadOnlySpan<byte> signature) => Number(signature[32..]) <= Order / 2;

    /// <summary>A number as 32 bytes.</summary>
    public static byte[] Bytes(BigInteger number)
    {
        var bytes = number.ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. new byte[32 - bytes.Length], .. bytes];
    }

    private static ECDsa Open(byte[] secret) => ECDsa.Create(new ECParameters { Curve = Curve, D = secret });

    // y² = x³ + 7, and p is 3 modulo 4.
    private static ECPoint Point(ReadOnlySpan<byte> compressed)
    {
        var x = Number(compressed[1..]);
        var y = BigInteger.ModPow(BigInteger.ModPow(x, 3, P) + 7, (P + 1) / 4, P);
        if (y.IsEven != (compressed[0] == 2)) y = P - y;
        return new ECPoint { X = Bytes(x), Y = Bytes(y) };
    }

    private static BigInteger Number(ReadOnlySpan<byte> bytes) => new(bytes, isUnsigned: true, isBigEndian: true);

    private static BigInteger Number(string hex) => BigInteger.Parse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
