using Org.BouncyCastle.Asn1.X9;
using Org.BouncyCastle.Crypto.EC;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Security;

namespace Kms.Testing.YubiHsm.Commands;

/// <summary>Signing keys: Ed25519 and the curves of ECDSA. Attestation, RSA and key agreement are not simulated.</summary>
internal static class AsymmetricKeyCommands
{
    private const int Ed25519PartSize = 32;

    /// <summary>Bytes of an Ed25519 payload of which the seed is not known: scalar, prefix, public key.</summary>
    public const int Ed25519WithoutSeed = 3 * Ed25519PartSize;

    private static readonly int[] DigestSizes = [20, 28, 32, 48, 64, 66];

    public static byte[] Put(Call call)
    {
        var fields = call.Read();
        var common = Common.Read(ref fields);
        var secret = fields.Rest();
        if (secret.Length != SecretSize(common.Algorithm)) throw new CommandFailure(DeviceRefusal.WrongLength);
        return call.Create(common.With(DeviceObjectType.AsymmetricKey, YubiHsmObject.Imported, Payload(common.Algorithm, secret)));
    }

    public static byte[] Generate(Call call)
    {
        var fields = call.Read();
        var common = Common.Read(ref fields);
        fields.End();
        var secret = Secret(common.Algorithm, call.Device.Options.Random(SecretSize(common.Algorithm)));
        return call.Create(common.With(DeviceObjectType.AsymmetricKey, YubiHsmObject.Generated, Payload(common.Algorithm, secret)));
    }

    public static byte[] PublicKey(Call call)
    {
        var fields = call.Read();
        var id = fields.U16();
        if (!fields.IsEmpty && fields.Byte() != (byte)DeviceObjectType.AsymmetricKey) throw new CommandFailure(DeviceRefusal.InvalidData);
        fields.End();
        var key = call.Find(DeviceObjectType.AsymmetricKey, id);
        return [(byte)key.Algorithm, .. PublicKeyOf(key)];
    }

    public static byte[] SignEddsa(Call call)
    {
        var fields = call.Read();
        var key = call.Find(DeviceObjectType.AsymmetricKey, fields.U16(), DeviceCapabilities.SignEddsa);
        if (key.Algorithm != DeviceAlgorithm.Ed25519) throw new CommandFailure(DeviceRefusal.InvalidData);
        var message = fields.Rest();
        if (key.Payload.Length == Ed25519WithoutSeed)
            return ExpandedEd25519.Sign([.. key.Payload[..Ed25519PartSize].Reverse()], key.Payload[Ed25519PartSize..(2 * Ed25519PartSize)],
                PublicKeyOf(key), message);

        var signer = new Ed25519Signer();
        signer.Init(forSigning: true, new Ed25519PrivateKeyParameters(key.Payload, Ed25519WithoutSeed));
        signer.BlockUpdate(message);
        return signer.GenerateSignature();
    }

    /// <summary>r and s in DER; s is left as it comes, in either half of the order.</summary>
    public static byte[] SignEcdsa(Call call)
    {
        var fields = call.Read();
        var key = call.Find(DeviceObjectType.AsymmetricKey, fields.U16(), DeviceCapabilities.SignEcdsa);
        if (key.Algorithm.Curve() is null) throw new CommandFailure(DeviceRefusal.InvalidData);
        var digest = fields.Rest();
        if (!DigestSizes.Contains(digest.Length)) throw new CommandFailure(DeviceRefusal.WrongLength);

        var scalar = new BigInteger(1, key.Payload[..key.Algorithm.SecretSize()]);
        var signer = new ECDsaSigner();
        signer.Init(true, new ParametersWithRandom(new ECPrivateKeyParameters(scalar, Domain(key.Algorithm)), new SecureRandom()));
        var signature = signer.GenerateSignature(digest);
        return StandardDsaEncoding.Instance.Encode(signer.Order, signature[0], signature[1]);
    }

    private static int SecretSize(DeviceAlgorithm algorithm) => algorithm == DeviceAlgorithm.Ed25519 || algorithm.Curve() is not null
        ? algorithm.SecretSize()
        : throw new CommandFailure(DeviceRefusal.AlgorithmDisabled);

    private static byte[] PublicKeyOf(YubiHsmObject key) => key.Algorithm == DeviceAlgorithm.Ed25519
        ? key.Payload[(2 * Ed25519PartSize)..Ed25519WithoutSeed]
        : key.Payload[key.Algorithm.SecretSize()..];

    private static byte[] Payload(DeviceAlgorithm algorithm, byte[] secret)
    {
        if (algorithm == DeviceAlgorithm.Ed25519)
        {
            var expanded = ExpandedEd25519.Expand(secret);
            var publicKey = new Ed25519PrivateKeyParameters(secret).GeneratePublicKey().GetEncoded();
            return [.. expanded[..Ed25519PartSize].Reverse(), .. expanded[Ed25519PartSize..], .. publicKey, .. secret];
        }

        var curve = Parameters(algorithm);
        var scalar = new BigInteger(1, secret);
        if (scalar.SignValue == 0 || scalar.CompareTo(curve.N) >= 0) throw new CommandFailure(DeviceRefusal.InvalidData);
        return [.. secret, .. curve.G.Multiply(scalar).Normalize().GetEncoded(compressed: false)[1..]];
    }

    // Random bytes as a scalar from 1 to n - 1. Ed25519 takes them as they are.
    private static byte[] Secret(DeviceAlgorithm algorithm, byte[] random)
    {
        if (algorithm == DeviceAlgorithm.Ed25519) return random;
        var scalar = new BigInteger(1, random).Mod(Parameters(algorithm).N.Subtract(BigInteger.One)).Add(BigInteger.One);
        var bytes = scalar.ToByteArrayUnsigned();
        return [.. new byte[random.Length - bytes.Length], .. bytes];
    }

    private static X9ECParameters Parameters(DeviceAlgorithm algorithm) => CustomNamedCurves.GetByName(algorithm.Curve()!);

    private static ECDomainParameters Domain(DeviceAlgorithm algorithm) => new(Parameters(algorithm));
}
