using Kms.Testing.YubiHsm;

namespace Kms.Hardware.Tests.YubiHsm.Simulator;

/// <summary>The faults do what they say, and nothing after them is different.</summary>
public sealed class FaultTests
{
    private readonly YubiHsmDevice _device = new();
    private readonly HostSession _session;

    public FaultTests()
    {
        _session = HostSession.Open(_device);
        _session.PutKey(1, new byte[32]);
    }

    [Fact]
    public void An_unplugged_device_comes_back_without_its_sessions()
    {
        _device.Faults.Unplug();
        Assert.Throws<IOException>(() => _device.Exchange([0x06, 0, 0]));
        _device.Faults.Plug();
        Assert.Equal(0, _device.Sessions);
        Assert.Equal(64, HostSession.Open(_device).Do(DeviceCode.SignEddsa, 0, 1, 2).Length);
    }

    [Fact]
    public void A_wrong_mac_is_put_on_the_next_session_message()
    {
        _device.Faults.Spoil(ResponseFault.WrongMac);
        Assert.Equal("810000", Bytes.Hex(_device.Exchange([0x01, 0, 0])));
        var failed = Assert.Throws<InvalidOperationException>(() => _session.Do(DeviceCode.SignEddsa, 0, 1, 2));
        Assert.Equal("the response's MAC is wrong", failed.Message);
        Assert.Equal(64, HostSession.Open(_device).Do(DeviceCode.SignEddsa, 0, 1, 2).Length);
    }

    [Fact]
    public void A_truncated_response_ends_early()
    {
        _device.Faults.Spoil(ResponseFault.Truncated);
        Assert.Equal("8100040102030405"[..8], Bytes.Hex(_device.Exchange([0x01, 0, 4, 1, 2, 3, 4])));
        Assert.Equal("81000101", Bytes.Hex(_device.Exchange([0x01, 0, 1, 1])));
    }

    [Fact]
    public void A_lost_response_leaves_a_signature_behind()
    {
        _device.Faults.Spoil(ResponseFault.Lost);
        Assert.Throws<IOException>(() => _session.Do(DeviceCode.SignEddsa, 0, 1, 2));
        Assert.Equal(1, _device.Signatures);
    }

    [Fact]
    public void Closed_sessions_are_unknown()
    {
        _device.Faults.CloseSessions();
        var failed = Assert.Throws<InvalidOperationException>(() => _session.Do(DeviceCode.Echo));
        Assert.Equal("no session: 03", failed.Message);
    }

    [Fact]
    public void Full_of_sessions_and_full_of_objects_until_told_otherwise()
    {
        (_device.Faults.SessionsFull, _device.Faults.StorageFull) = (true, true);
        Assert.Equal("no session: 05", Assert.Throws<InvalidOperationException>(() => HostSession.Open(_device)).Message);
        var common = HostSession.Common(2, DeviceAlgorithm.Ed25519, DeviceCapabilities.SignEddsa);
        Assert.Equal(DeviceRefusal.StorageFailed, _session.Refusal(DeviceCode.GenerateAsymmetricKey, common));

        (_device.Faults.SessionsFull, _device.Faults.StorageFull) = (false, false);
        Assert.Null(HostSession.Open(_device).Refusal(DeviceCode.GenerateAsymmetricKey, common));
    }

    [Fact]
    public void A_power_cycle_is_an_entry_in_the_log_and_a_factory_reset_the_first()
    {
        var entries = _device.LogEntries.Count;
        _device.Faults.PowerCycle();
        Assert.Equal(entries + 1, _device.LogEntries.Count);
        Assert.Equal("000000ffff" + new string('0', 18), Bytes.Hex(_device.LogEntries[^1][2..16]));
        Assert.Equal(2, _device.Objects.Count);

        _device.Faults.FactoryReset();
        Assert.Equal(2, _device.LogEntries.Count);
        Assert.Single(_device.Objects);
    }

    [Fact]
    public async Task A_slow_device_answers_when_its_clock_says_so()
    {
        _device.Faults.Delay = Timeout.InfiniteTimeSpan;
        Assert.Equal("810000", Bytes.Hex(_device.Exchange([0x01, 0, 0])));
        _device.Faults.Delay = TimeSpan.FromDays(1);
        using var cancel = new CancellationTokenSource();
        var waiting = _device.ExchangeAsync([0x01, 0, 0], cancel.Token);
        Assert.False(waiting.IsCompleted);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);

        _device.Faults.Delay = TimeSpan.FromMilliseconds(1);
        Assert.Equal("810000", Bytes.Hex(await _device.ExchangeAsync([0x01, 0, 0])));
    }
}
