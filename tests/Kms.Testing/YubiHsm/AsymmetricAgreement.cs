using Org.BouncyCastle.Crypto.Agreement;
using Org.BouncyCastle.Crypto.EC;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Utilities;

namespace Kms.Testing.YubiHsm;

/// <summary>The keys of a session by P-256 keys (yubihsm-shell lib/yubihsm.c, yh_create_session_asym).</summary>
internal sealed record AsymmetricAgreement(byte[] EphemeralKey, byte[] Receipt, byte[] SEnc, byte[] SMac, byte[] SRmac)
{
    /// <summary>Bytes of a point, 04 in front.</summary>
    public const int PointSize = 65;

    public const int SecretSize = 32;

    private static readonly ECDomainParameters Domain = new(CustomNamedCurves.GetByName("secp256r1"));

    /// <summary>The firmware that has them.</summary>
    public static Version Since { get; } = new(2, 3);

    /// <summary>04 || X || Y.</summary>
    public static byte[] PublicKey(byte[] secret) => Domain.G.Multiply(new BigInteger(1, secret)).Normalize().GetEncoded(compressed: false);

    public static AsymmetricAgreement Of(byte[] staticSecret, byte[] ephemeralSecret, byte[] hostStatic, byte[] hostEphemeral)
    {
        byte[] shared = [.. Agree(ephemeralSecret, hostEphemeral), .. Agree(staticSecret, hostStatic)];
        byte[] keys = [.. Block(shared, 1), .. Block(shared, 2)];
        var ephemeralKey = PublicKey(ephemeralSecret);
        var receipt = DeviceCrypto.Cmac(keys[..16], [.. ephemeralKey, .. hostEphemeral]);
        return new AsymmetricAgreement(ephemeralKey, receipt, keys[16..32], keys[32..48], keys[48..]);
    }

    // X9.63 with SHA-256; the three bytes of shared info are those of SCP11: key usage, key type, key length.
    private static byte[] Block(byte[] shared, byte number) => DeviceCrypto.Sha256([.. shared, 0, 0, 0, number, 0x3C, 0x88, 0x10]);

    private static byte[] Agree(byte[] secret, byte[] point)
    {
        try
        {
            var agreement = new ECDHBasicAgreement();
            agreement.Init(new ECPrivateKeyParameters(new BigInteger(1, secret), Domain));
            return BigIntegers.AsUnsignedByteArray(SecretSize, agreement.CalculateAgreement(new ECPublicKeyParameters(Domain.Curve.DecodePoint(point), Domain)));
        }
        catch (ArgumentException)
        {
            throw new CommandFailure(DeviceRefusal.SessionFailed);
        }
    }
}
