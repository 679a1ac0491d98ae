using Kms.Testing;
using Kms.Testing.YubiHsm;
using Org.BouncyCastle.Asn1.X9;
using Org.BouncyCastle.Crypto.EC;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Math;

namespace Kms.Hardware.Tests.YubiHsm.Simulator;

/// <summary>One session of yubihsm-shell through all the commands it was recorded with (those of tmkms are in the recorded traffic).</summary>
public sealed class ShellCommandTests
{
    private readonly List<Vector> _samples =
        [.. Vectors.Load("yubihsm/commands").All("commands").Where(sample => sample.Text("client").StartsWith("yubihsm-shell", StringComparison.Ordinal))];

    private readonly YubiHsmDevice _device = new();

    [Fact]
    public void Every_recorded_command_is_answered()
    {
        var admin = HostSession.Open(_device);
        foreach (var code in (string[])["48", "4e", "4f", "50", "67", "6b", "46", "46"]) AsRecorded(admin, code);
        var log = Answer(admin, Take("4d"));
        Assert.Equal(log[3 + 4], (byte)((log.Length - 3 - 5) / 32));

        admin.Do(DeviceCode.GenerateAsymmetricKey, HostSession.Common(0x65, DeviceAlgorithm.EcK256, DeviceCapabilities.SignEcdsa));
        AsRecorded(admin, "48");
        var ed25519 = Answer(admin, Take("54"));
        var k256 = Answer(admin, Take("54"));
        var message = Take("6a");
        Assert.True(Ed25519(ed25519[4..], message.Hex("request_data")[2..], Answer(admin, message)[3..]));
        var digest = Take("56");
        Assert.True(K256(k256[4..], digest.Hex("request_data")[2..], Answer(admin, digest)[3..]));

        AsRecorded(admin, "4c");
        var blob = Answer(admin, Take("4a"))[3..];
        AsRecorded(admin, "44");
        var validator = HostSession.Open(_device, 4, KeysOfValidator());
        AsRecorded(validator, "58", authKey: 4);
        AsRecorded(admin, "58");

        // The recorded blob is another implementation's own layout, which a device does not know; its own comes back.
        Assert.Equal("7f000108", Bytes.Hex(Answer(admin, Take("4b"))));
        Assert.Equal("030064", Bytes.Hex(admin.Do(DeviceCode.ImportWrapped, [0x00, 0xC8, .. blob])));
        foreach (var code in (string[])["42", "43", "64", "40"]) AsRecorded(admin, code);
        AsRecorded(HostSession.Open(_device), "08");
        Assert.Single(_device.Objects);
        Assert.Empty(_samples);
    }

    private void AsRecorded(HostSession session, string code, int authKey = 1)
    {
        var sample = Take(code, authKey);
        var data = sample.Hex("response_data");
        byte[] expected = [Convert.FromHexString(sample.Text("response_code"))[0], .. Bytes.Id(data.Length), .. data];
        Assert.Equal(Bytes.Hex(expected), Bytes.Hex(Answer(session, sample)));
    }

    private static byte[] Answer(HostSession session, Vector sample)
    {
        var data = sample.Hex("request_data");
        return session.Exchange([sample.Hex("code")[0], .. Bytes.Id(data.Length), .. data]);
    }

    private Vector Take(string code, int authKey = 1)
    {
        var index = _samples.FindIndex(sample => sample.Text("code") == code && sample.Int("authkey") == authKey);
        var sample = _samples[index];
        _samples.RemoveAt(index);
        return sample;
    }

    private byte[] KeysOfValidator() =>
        _device.Objects.Single(stored => stored is { Type: DeviceObjectType.AuthenticationKey, Id: 4 }).Payload[8..];

    private static bool Ed25519(byte[] key, byte[] message, byte[] signature)
    {
        var verifier = new Ed25519Signer();
        verifier.Init(forSigning: false, new Ed25519PublicKeyParameters(key));
        verifier.BlockUpdate(message, 0, message.Length);
        return verifier.VerifySignature(signature);
    }

    private static bool K256(byte[] key, byte[] digest, byte[] der)
    {
        X9ECParameters curve = CustomNamedCurves.GetByName("secp256k1");
        var verifier = new ECDsaSigner();
        verifier.Init(false, new ECPublicKeyParameters(curve.Curve.DecodePoint([4, .. key]), new ECDomainParameters(curve)));
        BigInteger[] pair = StandardDsaEncoding.Instance.Decode(verifier.Order, der);
        return verifier.VerifySignature(digest, pair[0], pair[1]);
    }
}
