using System.Formats.Asn1;
using Kms.Core.Signing;
using Org.BouncyCastle.Crypto.EC;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Utilities;

namespace Kms.Hardware.YubiHsm;

/// <summary>Keys and signatures of secp256k1 between the device's encodings and those of CometBFT. Pure.</summary>
public static class Secp256k1Encoding
{
    private const int FieldSize = 32;

    private static readonly BigInteger Order = CustomNamedCurves.GetByName("secp256k1").N;
    private static readonly BigInteger HalfOrder = Order.ShiftRight(1);

    /// <summary>Compresses a point (SEC 1, section 2.3.3); null when it is none of the curve.</summary>
    /// <param name="point">X‖Y, 64 bytes.</param>
    public static PublicKey? Compress(ReadOnlySpan<byte> point)
    {
        try
        {
            var decoded = CustomNamedCurves.GetByName("secp256k1").Curve.DecodePoint([4, .. point]);
            return new PublicKey(KeyAlgorithm.Secp256k1, decoded.GetEncoded(compressed: true));
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Reads a signature; null when it is none.</summary>
    /// <param name="der">ASN.1 DER: a sequence of r and s.</param>
    /// <returns>r‖s, with s in the lower half.</returns>
    public static Signature? TryReadSignature(ReadOnlySpan<byte> der)
    {
        if (ReadNumbers(der) is not { } numbers || !IsInRange(numbers.R) || !IsInRange(numbers.S)) return null;
        var (r, s) = numbers;
        Span<byte> signature = stackalloc byte[Signature.Size];
        BigIntegers.AsUnsignedByteArray(r, signature[..FieldSize]);
        BigIntegers.AsUnsignedByteArray(s.CompareTo(HalfOrder) > 0 ? Order.Subtract(s) : s, signature[FieldSize..]);
        return new Signature(signature);
    }

    private static (BigInteger R, BigInteger S)? ReadNumbers(ReadOnlySpan<byte> der)
    {
        try
        {
            AsnDecoder.ReadSequence(der, AsnEncodingRules.DER, out var start, out var length, out var consumed);
            var content = der.Slice(start, length);
            var r = AsnDecoder.ReadIntegerBytes(content, AsnEncodingRules.DER, out var sizeOfR);
            var s = AsnDecoder.ReadIntegerBytes(content[sizeOfR..], AsnEncodingRules.DER, out var sizeOfS);
            return consumed == der.Length && sizeOfR + sizeOfS == length ? (new BigInteger(r.ToArray()), new BigInteger(s.ToArray())) : null;
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    private static bool IsInRange(BigInteger number) => number.SignValue > 0 && number.CompareTo(Order) < 0;
}
