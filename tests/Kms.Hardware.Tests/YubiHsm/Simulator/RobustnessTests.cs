using Kms.Testing.YubiHsm;

namespace Kms.Hardware.Tests.YubiHsm.Simulator;

/// <summary>The simulator stays a device whatever it is sent, and by however many.</summary>
public sealed class RobustnessTests
{
    private const int Seed = 20261123;

    [Fact]
    public void Whatever_is_sent_in_a_session_is_answered_with_a_frame()
    {
        var random = new Random(Seed);
        var accepted = new HashSet<DeviceCode>();
        var refused = new HashSet<DeviceCode>();
        for (var round = 0; round < 200; round++)
        {
            var session = HostSession.Open(new YubiHsmDevice());
            foreach (var (code, right) in Samples(session))
            {
                var data = Spoil(random, right);
                var response = session.Exchange([(byte)code, .. Bytes.Id(data.Length), .. data]);
                Assert.True((response[1] << 8 | response[2]) == response.Length - 3, $"seed {Seed}, round {round}, {code}: {Bytes.Hex(response)}");
                Assert.True(response[0] == ((byte)code | 0x80) || response[0] == 0x7F, $"seed {Seed}, round {round}, {code}: {Bytes.Hex(response)}");
                (response[0] == 0x7F ? refused : accepted).Add(code);
            }
        }

        // Every command was reached in both its ends; only an Echo cannot be wrong.
        var all = Samples(HostSession.Open(new YubiHsmDevice())).Select(sample => sample.Code).ToHashSet();
        Assert.Equal(all.Order(), accepted.Order());
        Assert.Equal(all.Except([DeviceCode.Echo]).Order(), refused.Order());
    }

    [Fact]
    public void Whatever_is_sent_without_a_session_is_answered_with_a_frame()
    {
        var random = new Random(Seed);
        var device = new YubiHsmDevice();
        for (var round = 0; round < 20_000; round++)
        {
            var frame = new byte[random.Next(40)];
            random.NextBytes(frame);
            if (frame.Length >= 4) (frame[0], frame[1], frame[2], frame[3]) = ((byte)random.Next(12), 0, (byte)(frame.Length - 3), (byte)random.Next(17));
            var response = device.Exchange(frame);
            Assert.True((response[1] << 8 | response[2]) == response.Length - 3, $"seed {Seed}, round {round}: {Bytes.Hex(response)}");
        }
    }

    [Fact]
    public async Task Sessions_of_several_clients_do_not_disturb_each_other()
    {
        var device = new YubiHsmDevice();
        HostSession.Open(device).PutKey(1, new byte[32]);
        var clients = Enumerable.Range(0, 8).Select(client => Task.Run(() =>
        {
            var session = HostSession.Open(device);
            return Enumerable.Range(0, 50).Select(i => Bytes.Hex(session.Do(DeviceCode.SignEddsa, 0, 1, (byte)i))).ToList();
        }));
        var signed = await Task.WhenAll(clients);
        Assert.All(signed, signatures => Assert.Equal(signed[0], signatures));
        Assert.Equal(50, signed[0].Distinct().Count());
        Assert.Equal(8 * 50, device.Signatures);
    }

    [Fact]
    public void A_response_that_fits_into_no_frame_is_refused()
    {
        var session = HostSession.Open(new YubiHsmDevice(new YubiHsmOptions { Firmware = new Version(2, 2, 0) }));
        Assert.Equal(2021, session.Do(DeviceCode.GetPseudoRandom, Bytes.Id(2021)).Length);
        Assert.Equal(DeviceRefusal.WrongLength, session.Refusal(DeviceCode.GetPseudoRandom, Bytes.Id(2022)));
    }

    /// <summary>A device with an object of each kind, and for each command data that it accepts. The last ones end the session.</summary>
    private static IReadOnlyList<(DeviceCode Code, byte[] Data)> Samples(HostSession session)
    {
        const DeviceCapabilities All = (DeviceCapabilities)ulong.MaxValue;
        byte[] delegated = [.. Enumerable.Repeat((byte)0xFF, 8)];
        session.PutKey(1, [.. new byte[31], 7]);
        session.PutKey(2, [.. new byte[31], 7], DeviceAlgorithm.EcK256);
        session.Do(DeviceCode.PutOpaque, [.. HostSession.Common(1, DeviceAlgorithm.OpaqueData, All), 1]);
        session.Do(DeviceCode.PutWrapKey, [.. HostSession.Common(1, DeviceAlgorithm.Aes256CcmWrap, All), .. delegated, .. new byte[32]]);
        session.PutKey(9, new byte[32]);
        var wrapped = session.Do(DeviceCode.ExportWrapped, 0, 1, 3, 0, 9);
        session.Do(DeviceCode.DeleteObject, 0, 9, 3);
        return
        [
            (DeviceCode.Echo, [1]), (DeviceCode.GetDeviceInfo, []), (DeviceCode.GetStorageInfo, []), (DeviceCode.BlinkDevice, [1]),
            (DeviceCode.GetPseudoRandom, [0, 8]), (DeviceCode.GetOption, [1]), (DeviceCode.GetLogEntries, []), (DeviceCode.SetLogIndex, [0, 3]),
            (DeviceCode.ListObjects, [2, 3]), (DeviceCode.GetObjectInfo, [0, 1, 3]), (DeviceCode.GetOpaque, [0, 1]),
            (DeviceCode.PutOpaque, [.. HostSession.Common(0, DeviceAlgorithm.OpaqueData, All), 1]),
            (DeviceCode.PutAsymmetricKey, [.. HostSession.Common(0, DeviceAlgorithm.Ed25519, All), .. new byte[32]]),
            (DeviceCode.GenerateAsymmetricKey, HostSession.Common(0, DeviceAlgorithm.EcK256, All)),
            (DeviceCode.GetPublicKey, [0, 1]), (DeviceCode.SignEddsa, [0, 1, 2]), (DeviceCode.SignEcdsa, [0, 2, .. new byte[32]]),
            (DeviceCode.PutWrapKey, [.. HostSession.Common(0, DeviceAlgorithm.Aes128CcmWrap, All), .. delegated, .. new byte[16]]),
            (DeviceCode.GenerateWrapKey, [.. HostSession.Common(0, DeviceAlgorithm.Aes256CcmWrap, All), .. delegated]),
            (DeviceCode.ExportWrapped, [0, 1, 3, 0, 1]), (DeviceCode.ImportWrapped, [0, 1, .. wrapped]),
            (DeviceCode.WrapData, [0, 1, 5]), (DeviceCode.UnwrapData, [0, 1, .. session.Do(DeviceCode.WrapData, 0, 1, 5)]),
            (DeviceCode.PutAuthenticationKey, [.. HostSession.Common(0, DeviceAlgorithm.Aes128Authentication, All), .. delegated, .. new byte[32]]),
            (DeviceCode.ChangeAuthenticationKey, [0, 1, (byte)DeviceAlgorithm.Aes128Authentication, .. new byte[32]]),
            (DeviceCode.SetOption, [1, 0, 1, 0]), (DeviceCode.DeleteObject, [0, 1, 3]),
        ];
    }

    // As it is, cut, longer, or with a byte changed.
    private static byte[] Spoil(Random random, byte[] right)
    {
        var data = right.ToArray();
        switch (random.Next(4))
        {
            case 0: return data;
            case 1: return data[..random.Next(data.Length + 1)];
            case 2: return [.. data, .. Enumerable.Range(0, random.Next(1, 60)).Select(_ => (byte)random.Next(256))];
            default:
                if (data.Length > 0) data[random.Next(data.Length)] = (byte)random.Next(256);
                return data;
        }
    }
}
