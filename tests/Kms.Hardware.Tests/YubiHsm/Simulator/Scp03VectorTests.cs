using Kms.Testing;
using Kms.Testing.YubiHsm;

namespace Kms.Hardware.Tests.YubiHsm.Simulator;

/// <summary>The computed sessions, which python-yubihsm has accepted: the simulator answers every frame as they have it.</summary>
public sealed class Scp03VectorTests
{
    private const string Seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";

    public static TheoryData<int> Sessions => [0, 1, 2];

    [Fact]
    public void Passwords_become_the_keys_of_the_vectors()
    {
        foreach (var vector in Vectors.Load("yubihsm/password").All("vectors"))
            Assert.Equal(vector.Text("k_enc") + vector.Text("k_mac"), Bytes.Hex(DeviceCrypto.PasswordKeys(vector.Text("password"))));
    }

    [Theory]
    [MemberData(nameof(Sessions))]
    public void A_session_answers_byte_for_byte(int index)
    {
        var vector = Vectors.Load("yubihsm/scp03_sessions").All("sessions")[index];
        var challenges = new Queue<byte[]>();
        var device = new YubiHsmDevice(new YubiHsmOptions { Firmware = new(2, 2, 5), Serial = 0x7335BC, Random = Bytes.Challenges(challenges) });
        var host = vector.Int("session_id") == 0 ? null : Prepare(device, vector);
        challenges.Enqueue(vector.Hex("card_challenge"));

        Assert.Equal(vector.Text("create_session_response"), Bytes.Hex(device.Exchange(vector.Hex("create_session_request"))));
        Assert.Equal("840000", Bytes.Hex(device.Exchange(vector.Hex("authenticate_session_request"))));
        foreach (var message in vector.All("messages"))
        {
            if (message.Text("what").Contains("RFC 8032", StringComparison.Ordinal)) host!.PutKey(0x64, Bytes.Of(Seed));
            Assert.Equal(message.Text("session_message_response"), Bytes.Hex(device.Exchange(message.Hex("session_message_request"))));
        }
    }

    [Fact]
    public void The_message_counter_carries_over()
    {
        var vector = Vectors.Load("yubihsm/scp03_sessions").All("sessions").Single(session => session.Text("name") == "counter carry");
        var keys = new[] { "s_enc", "s_mac", "s_rmac" }.Select(name => vector.In("kdf").In(name).Hex("output")).ToArray();
        var channel = new SecureChannel(keys[0], keys[1], keys[2], vector.Hex("mac_chaining_value_after_authenticate"), counter: 255);
        foreach (var message in vector.All("messages"))
        {
            Assert.Equal(message.Text("inner_command"), Bytes.Hex(channel.Open(message.Hex("session_message_request"))));
            Assert.Equal(message.Text("session_message_response"), Bytes.Hex(channel.Seal(0, message.Hex("inner_response"))));
        }
    }

    [Fact]
    public void An_asymmetric_session_answers_byte_for_byte()
    {
        var vector = Vectors.Load("yubihsm/asymmetric_session");
        var secrets = new Queue<byte[]>([vector.Hex("device_static_private"), vector.Hex("device_ephemeral_private")]);
        var device = new YubiHsmDevice(new YubiHsmOptions { Random = count => count == 32 ? secrets.Dequeue() : new byte[count] });
        byte[] key = [.. HostSession.Common(2, DeviceAlgorithm.EcP256Authentication, DeviceCapabilities.None), .. new byte[8], .. vector.Hex("host_static_public")[1..]];
        HostSession.Open(device).Do(DeviceCode.PutAuthenticationKey, key);
        for (var id = 1; id < 3; id++) device.Exchange(Bytes.Of("03000a00010102030405060708"));

        Assert.Equal(vector.Text("get_device_public_key_response"), Bytes.Hex(device.Exchange(vector.Hex("get_device_public_key_request"))));
        Assert.Equal(vector.Text("create_session_response"), Bytes.Hex(device.Exchange(vector.Hex("create_session_request"))));
        var message = vector.In("first_message");
        Assert.Equal(message.Text("response"), Bytes.Hex(device.Exchange(message.Hex("request"))));
    }

    // The lower session ids are taken, and the log holds as many entries as the vector's device says.
    private static HostSession Prepare(YubiHsmDevice device, Vector vector)
    {
        var host = HostSession.Open(device);
        var keyId = (ushort)vector.Int("authkey_id");
        if (keyId != 1) host.PutAuthenticationKey(keyId, vector.Text("password"), DeviceCapabilities.None);
        for (var id = 1; id < vector.Int("session_id"); id++) Assert.Equal(id, device.Exchange(Bytes.Of("03000a00010102030405060708"))[3]);

        const int loggedBefore = 8;
        host.Do(DeviceCode.SetLogIndex, Bytes.Id(Math.Max(1, device.LogEntries.Count + 1 - loggedBefore)));
        return host;
    }
}
