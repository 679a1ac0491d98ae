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
        var device = new YubiHsmDevice();
        var session = HostSession.Open(device);
        session.PutKey(1, new byte[32]);
        var codes = Enum.GetValues<DeviceCode>().Where(code => code is not (DeviceCode.ResetDevice or DeviceCode.CloseSession or DeviceCode.SetOption)).ToArray();
        var accepted = 0;
        for (var round = 0; round < 5_000; round++)
        {
            var code = codes[random.Next(codes.Length)];
            var data = Data(random);
            var response = session.Exchange([(byte)code, .. Bytes.Id(data.Length), .. data]);
            Assert.True(response.Length >= 3 && (response[1] << 8 | response[2]) == response.Length - 3, $"seed {Seed}, round {round}: {Bytes.Hex(response)}");
            Assert.True(response[0] == ((byte)code | 0x80) || response[0] == 0x7F, $"seed {Seed}, round {round}: {Bytes.Hex(response)}");
            if (response[0] != 0x7F) accepted++;
        }

        Assert.InRange(accepted, 500, 4_500);
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

    // Half of them begin as the creation of an object does, with ids and algorithms that exist.
    private static byte[] Data(Random random)
    {
        var data = new byte[random.Next(4) * random.Next(60)];
        random.NextBytes(data);
        if (data.Length > 2) (data[0], data[1], data[2]) = (0, (byte)random.Next(4), (byte)random.Next(6));
        if (random.Next(2) == 0) return data;
        var algorithm = (DeviceAlgorithm)random.Next(50);
        byte[] secret = new byte[random.Next(3) * 16];
        random.NextBytes(secret);
        return [.. HostSession.Common((ushort)random.Next(6), algorithm, (DeviceCapabilities)random.NextInt64()), .. secret];
    }
}
