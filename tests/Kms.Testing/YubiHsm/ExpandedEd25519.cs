using Org.BouncyCastle.Math;
using Org.BouncyCastle.Math.EC;

namespace Kms.Testing.YubiHsm;

/// <summary>Ed25519 with a key of which only scalar and prefix are left, as it comes out of a wrapped object; BouncyCastle's signer takes seeds only.
/// The points are those of curve25519 in Weierstrass form, mapped to the Edwards curve (RFC 7748, section 4.1).</summary>
internal static class ExpandedEd25519
{
    private static readonly BigInteger P = BigInteger.One.ShiftLeft(255).Subtract(BigInteger.ValueOf(19));
    private static readonly BigInteger Order = BigInteger.One.ShiftLeft(252).Add(new BigInteger("27742317777372353535851937790883648493"));

    // v^2 = u^3 + A u^2 + u becomes y^2 = x^3 + a x + b with x = u + A/3.
    private static readonly BigInteger A = BigInteger.ValueOf(486662);
    private static readonly BigInteger Third = BigInteger.Three.ModInverse(P);
    private static readonly BigInteger AThird = A.Multiply(Third).Mod(P);
    private static readonly FpCurve Curve = new(P,
        BigInteger.One.Subtract(A.Multiply(AThird)).Mod(P),
        AThird.Pow(3).Multiply(BigInteger.Two).Subtract(AThird).Mod(P), Order, BigInteger.ValueOf(8));
    private static readonly ECPoint G = Curve.DecodePoint([2, .. Bytes(AThird.Add(BigInteger.ValueOf(9)).Mod(P)).Reverse()]);
    private static readonly ECFieldElement Root = PositiveRoot();

    /// <summary>scalar (clamped, little-endian) || prefix, of a seed (RFC 8032, section 5.1.5).</summary>
    public static byte[] Expand(byte[] seed)
    {
        var expanded = DeviceCrypto.Sha512(seed);
        expanded[0] &= 0xF8;
        expanded[31] = (byte)((expanded[31] & 0x7F) | 0x40);
        return expanded;
    }

    /// <summary>R || S.</summary>
    public static byte[] Sign(byte[] scalar, byte[] prefix, byte[] publicKey, byte[] message)
    {
        var r = Number(DeviceCrypto.Sha512([.. prefix, .. message])).Mod(Order);
        var encodedR = Encode(r);
        var k = Number(DeviceCrypto.Sha512([.. encodedR, .. publicKey, .. message])).Mod(Order);
        return [.. encodedR, .. Bytes(r.Add(k.Multiply(Number(scalar))).Mod(Order))];
    }

    private static byte[] Encode(BigInteger scalar)
    {
        var (x, y) = Edwards(G.Multiply(scalar), Root);
        var encoded = Bytes(y.ToBigInteger());
        if (x.TestBitZero()) encoded[31] |= 0x80;
        return encoded;
    }

    private static (ECFieldElement X, ECFieldElement Y) Edwards(ECPoint point, ECFieldElement root)
    {
        var normal = point.Normalize();
        var u = normal.AffineXCoord.Subtract(Element(AThird));
        var one = Element(BigInteger.One);
        return (root.Multiply(u).Divide(normal.AffineYCoord), u.Subtract(one).Divide(u.Add(one)));
    }

    // Of the two roots of -(A + 2), the one that makes the base point's x even, as RFC 8032 has it.
    private static ECFieldElement PositiveRoot()
    {
        var root = Element(P.Subtract(BigInteger.ValueOf(486664))).Sqrt();
        return Edwards(G, root).X.TestBitZero() ? root.Negate() : root;
    }

    private static ECFieldElement Element(BigInteger value) => Curve.FromBigInteger(value);

    private static BigInteger Number(byte[] littleEndian) => new(1, [.. littleEndian.Reverse()]);

    private static byte[] Bytes(BigInteger value)
    {
        var bytes = value.ToByteArrayUnsigned();
        return [.. bytes.Reverse(), .. new byte[32 - bytes.Length]];
    }
}
