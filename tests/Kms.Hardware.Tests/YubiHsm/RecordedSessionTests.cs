using System.Text;
using Kms.Hardware.YubiHsm;
using Kms.Hardware.YubiHsm.Commands;
using Kms.Hardware.YubiHsm.Scp03;
using Kms.Testing;

namespace Kms.Hardware.Tests.YubiHsm;

/// <summary>What yubihsm-shell and tmkms said to a device, said again by the product: the same bytes, in the same order.</summary>
public sealed class RecordedSessionTests
{
    [Theory]
    [InlineData("recorded_tmkms_setup_and_keys")]
    [InlineData("recorded_libyubihsm_mockhsm")]
    public async Task A_recorded_session_is_replayed_byte_for_byte(string file)
    {
        var sessions = Vectors.Load($"yubihsm/{file}").All("sessions");
        var secrets = Secrets(sessions);
        Assert.NotEmpty(sessions);
        foreach (var recorded in sessions)
        {
            var wire = new ScriptedTransport(recorded.All("frames").Select(f => new ScriptedExchange(f.Hex("request"), f.Hex("response"))));
            using var credentials = Credentials.FromSecret((ushort)recorded.Int("authkey_id"), secrets.Single(secret => Fits(recorded, secret)));
            await using (var session = new YubiHsmSession(wire, credentials, () => recorded.Hex("host_challenge")))
            {
                foreach (var inner in recorded.All("inner")) await Replay(session, inner.Hex("command"), inner.Hex("response"));
            }

            Assert.Equal(0, wire.Left);
        }
    }

    private static async Task Replay(YubiHsmSession session, byte[] command, byte[] response)
    {
        // Disposing of the session says that.
        if (command[0] == (byte)CommandCode.CloseSession) return;
        var reply = await session.SendAsync(new RawCommand((CommandCode)command[0], command[3..]), CancellationToken.None);
        if (response[0] == 0x7F) Assert.Equal((FailureCause.Refused, (DeviceError)response[3]), (reply.Failure!.Cause, reply.Failure.Error));
        else Assert.Equal(response[3..], reply.Response!.Data);
    }

    /// <summary>The factory's password, and every authentication key that is put or derived somewhere in the recordings.</summary>
    private static List<byte[]> Secrets(IReadOnlyList<Vector> sessions)
    {
        var factory = new byte[Credentials.SecretSize];
        Credentials.Stretch(Encoding.ASCII.GetBytes("password"), factory);
        var put = sessions.SelectMany(s => s.All("inner")).Select(i => i.Hex("command")).Where(c => c[0] == (byte)CommandCode.PutAuthenticationKey);
        return [factory, .. put.Select(c => c[^Credentials.SecretSize..]).DistinctBy(Convert.ToHexString)];
    }

    private static bool Fits(Vector recorded, byte[] secret)
    {
        using var credentials = Credentials.FromSecret(1, secret);
        using var keys = SessionKeys.Derive(credentials, recorded.Hex("host_challenge"), recorded.Hex("card_challenge"));
        return keys.Encryption.SequenceEqual(recorded.Hex("s_enc"));
    }
}
