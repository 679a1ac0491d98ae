using Kms.Testing.YubiHsm;

namespace Kms.Hardware.Tests.YubiHsm.Simulator;

/// <summary>Sessions: how many, how long, and what ends them.</summary>
public sealed class SessionRuleTests
{
    private readonly ManualClock _clock = new();
    private readonly YubiHsmDevice _device;

    public SessionRuleTests() => _device = new YubiHsmDevice(new YubiHsmOptions { Time = _clock });

    [Fact]
    public void Sixteen_sessions_fit_and_the_lowest_free_id_is_taken()
    {
        var sessions = Enumerable.Range(0, 16).Select(_ => HostSession.Open(_device)).ToList();
        Assert.Equal(Enumerable.Range(0, 16), sessions.Select(session => (int)session.Id));
        Assert.Equal("7f000105", Bytes.Hex(_device.Exchange(Bytes.Of("03000a00010102030405060708"))));

        sessions[5].Do(DeviceCode.CloseSession);
        Assert.Equal(5, HostSession.Open(_device).Id);
    }

    [Fact]
    public void A_session_lives_thirty_seconds_after_its_last_command()
    {
        var used = HostSession.Open(_device);
        var idle = HostSession.Open(_device);
        _clock.Advance(TimeSpan.FromSeconds(29));
        used.Do(DeviceCode.Echo, 1);
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(1, _device.Sessions);
        Assert.Equal("7f000103", Bytes.Hex(_device.Exchange(idle.Seal([0x01, 0, 0]))));
        Assert.Equal([2], used.Do(DeviceCode.Echo, 2));
    }

    [Fact]
    public void A_wrong_password_fails_in_its_second_step_and_frees_the_session()
    {
        var refused = Assert.Throws<InvalidOperationException>(() => HostSession.Open(_device, 1, "Password"));
        Assert.Equal("not authenticated: 04", refused.Message);
        Assert.Equal(0, _device.Sessions);
    }

    [Fact]
    public void An_unknown_key_is_not_found() =>
        Assert.Equal("7f00010b", Bytes.Hex(_device.Exchange(Bytes.Of("03000a00020102030405060708"))));

    [Fact]
    public void A_wrong_command_mac_ends_the_session()
    {
        var session = HostSession.Open(_device);
        var frame = session.Seal([0x01, 0, 0]);
        frame[^1] ^= 1;
        Assert.Equal("7f000104", Bytes.Hex(_device.Exchange(frame)));
        Assert.Equal("7f000103", Bytes.Hex(_device.Exchange(session.Seal([0x01, 0, 0]))));
    }

    [Fact]
    public void A_frame_sent_twice_is_executed_once()
    {
        var session = HostSession.Open(_device);
        session.PutKey(1, new byte[32]);
        var frame = session.Seal([0x6A, 0, 3, 0, 1, 9]);
        Assert.Equal(0x85, _device.Exchange(frame)[0]);
        Assert.Equal("7f000104", Bytes.Hex(_device.Exchange(frame)));
        Assert.Equal(1, _device.Signatures);
    }

    [Fact]
    public void A_session_that_is_half_open_takes_no_commands()
    {
        _device.Exchange(Bytes.Of("03000a00010102030405060708"));
        Assert.Equal("7f000103", Bytes.Hex(_device.Exchange(Bytes.Of("05001900" + new string('0', 48)))));
    }

    [Theory]
    [InlineData("", "7f000108")]
    [InlineData("0100", "7f000108")]
    [InlineData("010002aa", "7f000108")]
    [InlineData("010001aabb", "7f000108")]
    [InlineData("400000", "7f000101")]
    [InlineData("040000", "7f000108")]
    [InlineData("050000", "7f000108")]
    [InlineData("010002aabb", "810002aabb")]
    public void Frames_outside_of_sessions(string request, string response) =>
        Assert.Equal(response, Bytes.Hex(_device.Exchange(Bytes.Of(request))));

    [Theory]
    [InlineData(0, 2021)]
    [InlineData(4, 3109)]
    public void Commands_have_a_largest_size(int minor, int largest)
    {
        var device = new YubiHsmDevice(new YubiHsmOptions { Firmware = new Version(2, minor, 0) });
        var session = HostSession.Open(device);
        var data = new byte[largest];
        Assert.Equal(data, session.Do(DeviceCode.Echo, data));
        Assert.Equal(DeviceRefusal.WrongLength, session.Refusal(DeviceCode.Echo, new byte[largest + 1]));
        Assert.Equal("7f000108", Bytes.Hex(device.Exchange(new byte[4000])));
    }
}
