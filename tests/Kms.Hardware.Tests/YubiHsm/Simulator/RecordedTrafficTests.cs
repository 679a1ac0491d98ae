using Kms.Testing;
using Kms.Testing.YubiHsm;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;

namespace Kms.Hardware.Tests.YubiHsm.Simulator;

/// <summary>What libyubihsm and tmkms have sent to another implementation of the device, sent to this one: where nothing is left to chance the answers are
/// the recorded ones to the byte, elsewhere they mean the same.</summary>
public sealed class RecordedTrafficTests
{
    public static TheoryData<string, int> Recordings => new()
    {
        { "yubihsm/recorded_libyubihsm_mockhsm", 6 },
        { "yubihsm/recorded_tmkms_setup_and_keys", 39 },
    };

    [Theory]
    [MemberData(nameof(Recordings))]
    public void Recorded_hosts_get_what_they_got(string name, int commands)
    {
        var challenges = new Queue<byte[]>();
        var device = new YubiHsmDevice(new YubiHsmOptions { Firmware = new Version(2, 0, 0), Random = Bytes.Challenges(challenges) });
        var answered = 0;
        foreach (var session in Vectors.Load(name).All("sessions"))
        {
            challenges.Enqueue(session.Hex("card_challenge"));
            var frames = session.All("frames");
            foreach (var opening in frames.Take(2)) Assert.Equal(opening.Text("response"), Bytes.Hex(device.Exchange(opening.Hex("request"))));
            var host = new SecureChannel(session.Hex("s_enc"), session.Hex("s_mac"), session.Hex("s_rmac"), ChainOf(session), counter: 1);
            foreach (var (frame, inner) in frames.Skip(2).Zip(session.All("inner")))
            {
                Compare(device, host, (byte)session.Int("session_id"), frame, inner);
                answered++;
            }
        }

        Assert.Equal(commands, answered);
    }

    // The host's chain begins with the full MAC of its AuthenticateSession.
    private static byte[] ChainOf(Vector session) =>
        DeviceCrypto.Cmac(session.Hex("s_mac"), [.. new byte[16], .. session.All("frames")[1].Hex("request")[..^SecureChannel.MacSize]]);

    private static void Compare(YubiHsmDevice device, SecureChannel host, byte sessionId, Vector frame, Vector inner)
    {
        Assert.Equal(frame.Text("request"), Bytes.Hex(host.SealCommand(sessionId, inner.Hex("command"))));
        var response = device.Exchange(frame.Hex("request"));
        var opened = host.OpenResponse(response);
        if (Means(device, inner.Hex("command"), inner.Hex("response"), opened)) return;
        Assert.Equal(inner.Text("response"), Bytes.Hex(opened));
        Assert.Equal(frame.Text("response"), Bytes.Hex(response));
    }

    // Generated keys, nonces and the fill of the log are chance; the rest is for the caller to compare.
    private static bool Means(YubiHsmDevice device, byte[] command, byte[] recorded, byte[]? opened)
    {
        if (opened is null || recorded[0] == 0x7F) return false;
        switch ((DeviceCode)command[0])
        {
            case DeviceCode.GetDeviceInfo:
                opened[3 + 8] = recorded[3 + 8];
                return opened.SequenceEqual(recorded);
            case DeviceCode.ListObjects:
                // The other implementation does not count that the factory key was made anew.
                for (var sequence = 3 + 3; sequence < opened.Length; sequence += 4) opened[sequence] = 0;
                return opened.SequenceEqual(recorded);
            case DeviceCode.GetPublicKey:
                return Key(device, command).Origin == 1 && opened.Length == recorded.Length && opened.AsSpan(0, 4).SequenceEqual(recorded.AsSpan(0, 4));
            case DeviceCode.SignEddsa:
                var verifier = new Ed25519Signer();
                verifier.Init(forSigning: false, new Ed25519PublicKeyParameters(Key(device, command).Payload, 64));
                verifier.BlockUpdate(command, 5, command.Length - 5);
                return opened[0] == 0xEA && verifier.VerifySignature(opened[3..]);
            case DeviceCode.ExportWrapped:
                var wrapKey = device.Objects.Single(stored => stored is { Type: DeviceObjectType.WrapKey, Id: 1 });
                return DeviceCrypto.CcmOpen(wrapKey.Payload[8..], opened[3..]) is [42, ..];
            default:
                return false;
        }
    }

    private static YubiHsmObject Key(YubiHsmDevice device, byte[] command) =>
        device.Objects.Single(stored => stored.Type == DeviceObjectType.AsymmetricKey && stored.Id == (command[3] << 8 | command[4]));
}
