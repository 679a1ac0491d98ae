using Org.BouncyCastle.Crypto.EC;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Math.EC;

namespace Kms.Testing.YubiHsm;

/// <summary>Ed25519 with a key of which only scalar and prefix are left, as it comes out of a wrapped object; BouncyCastle's signer takes seeds only.
/// The points are those of curve25519 in Weierstrass form, mapped to the Edwards curve (RFC 7748, section 4.1).</summary>
internal static class ExpandedEd25519
{
    private static readonly Org.BouncyCastle.Asn1.X9.X9ECParameters Curve = CustomNamedCurves.GetByName("curve25519");
    private static readonly BigInteger P = Curve.Curve.Field.Characteristic;
    private static readonly ECFieldElement AThird =
        Element(BigInteger.ValueOf(486662).Multiply(BigInteger.Three.ModInverse(P)).Mod(P));
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
        var r = Number(DeviceCrypto.Sha512([.. prefix, .. message])).Mod(Curve.N);
        var encodedR = Encode(r);
        var k = Number(DeviceCrypto.Sha512([.. encodedR, .. publicKey, .. message])).Mod(Curve.N);
        return [.. encodedR, .. Bytes(r.Add(k.Multiply(Number(scalar))).Mod(Curve.N))];
    }

    private static byte[] Encode(BigInteger scalar)
    {
        var (x, y) = Edwards(Curve.G.Multiply(scalar), Root);
        var encoded = Bytes(y.ToBigInteger());
        if (x.TestBitZero()) encoded[31] |= 0x80;
        return encoded;
    }

    private static (ECFieldElement X, ECFieldElement Y) Edwards(ECPoint point, ECFieldElement root)
    {
        var normal = point.Normalize();
        var u = normal.AffineXCoord.Subtract(AThird);
        var one = Element(BigInteger.One);
        return (root.Multiply(u).Divide(normal.AffineYCoord), u.Subtract(one).Divide(u.Add(one)));
    }

    // Of the two roots of -(A + 2), the one that makes the base point's x even, as RFC 8032 has it.
    private static ECFieldElement PositiveRoot()
    {
        var root = Element(P.Subtract(BigInteger.ValueOf(486664))).Sqrt();
        return Edwards(Curve.G, root).X.TestBitZero() ? root.Negate() : root;
    }

    private static ECFieldElement Element(BigInteger value) => Curve.Curve.FromBigInteger(value);

    private static BigInteger Number(byte[] littleEndian) => new(1, [.. littleEndian.Reverse()]);

    private static byte[] Bytes(BigInteger value)
    {
        var bytes = value.ToByteArrayUnsigned();
        return [.. bytes.Reverse(), .. new byte[32 - bytes.Length]];
    }
}
