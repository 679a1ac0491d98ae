using Kms.Testing;
using Kms.Testing.YubiHsm;

namespace Kms.Hardware.Tests.YubiHsm.Simulator;

/// <summary>The audit log, the options, and what a reset leaves.</summary>
public sealed class LogAndOptionTests
{
    private readonly YubiHsmDevice _device = new();
    private readonly HostSession _admin;

    public LogAndOptionTests() => _admin = HostSession.Open(_device);

    [Fact]
    public void The_digest_rule_is_that_of_the_published_entries()
    {
        var vector = Vectors.Load("yubihsm/log_entries");
        var next = vector.Hex("entry_3");
        Assert.Equal(Bytes.Hex(next[16..]), Bytes.Hex(AuditLog.Digest(next, vector.Hex("entry_2")[16..])));
    }

    [Fact]
    public void The_log_begins_as_the_published_one_and_is_a_chain()
    {
        _admin.PutKey(9, new byte[32]);
        _admin.Refusal(DeviceCode.SignEddsa, 0, 8, 1);
        var entries = _device.LogEntries;
        Assert.Equal("0001" + new string('f', 28), Bytes.Hex(entries[0][..16]));
        var vector = Vectors.Load("yubihsm/log_entries");
        Assert.Equal(Bytes.Hex(vector.Hex("entry_2")[..16]), Bytes.Hex(entries[1][..16]));
        Assert.Equal(Bytes.Hex(vector.Hex("entry_3")[..12]), Bytes.Hex(entries[2][..12]));
        Assert.Equal("0004" + "04" + "0011" + "ffff" + "0001" + "ffff" + "84", Bytes.Hex(entries[3][..12]));
        Assert.Equal("0005" + "45" + "0055" + "0001" + "0009" + "ffff" + "c5", Bytes.Hex(entries[4][..12]));
        Assert.Equal("0006" + "6a" + "0003" + "0001" + "0008" + "ffff" + "7f", Bytes.Hex(entries[5][..12]));
        for (var i = 1; i < entries.Count; i++) Assert.Equal(AuditLog.Digest(entries[i], entries[i - 1][16..]), entries[i][16..]);
    }

    [Fact]
    public void A_log_that_is_full_loses_its_oldest_entries()
    {
        for (var i = 0; i < 100; i++) _admin.Do(DeviceCode.Echo, 1);
        var log = _admin.Do(DeviceCode.GetLogEntries);
        Assert.Equal("00000000" + "3e", Bytes.Hex(log[..5]));
        Assert.Equal(5 + (62 * 32), log.Length);
        Assert.Equal(104 - 62 + 1, log[6]);
    }

    [Fact]
    public void A_forced_audit_stops_everything_but_reading_the_log()
    {
        _admin.Do(DeviceCode.SetOption, 1, 0, 1, 1);
        Assert.Equal([1], _admin.Do(DeviceCode.GetOption, 1));
        DeviceRefusal? refusal;
        var echoes = 0;
        while ((refusal = _admin.Refusal(DeviceCode.Echo, 1)) is null && echoes < 100) echoes++;
        Assert.Equal(DeviceRefusal.LogFull, refusal);
        Assert.Equal(62 - 6, echoes);

        var auditor = HostSession.Open(_device);
        var log = auditor.Do(DeviceCode.GetLogEntries);
        Assert.Equal("0000" + "0001" + "3e", Bytes.Hex(log[..5]));
        Assert.Equal(DeviceRefusal.InvalidData, auditor.Refusal(DeviceCode.SetLogIndex, 0x10, 0));
        auditor.Do(DeviceCode.SetLogIndex, 0, 62);
        Assert.Equal([1], _admin.Do(DeviceCode.Echo, 1));
    }

    [Fact]
    public void A_fixed_option_stays_until_the_reset()
    {
        _admin.Do(DeviceCode.SetOption, 1, 0, 1, 2);
        Assert.Equal(DeviceRefusal.InvalidData, _admin.Refusal(DeviceCode.SetOption, 1, 0, 1, 0));
        Assert.Equal([2], _admin.Do(DeviceCode.GetOption, 1));
        _admin.Do(DeviceCode.ResetDevice);
        Assert.Equal([0], HostSession.Open(_device).Do(DeviceCode.GetOption, 1));
    }

    [Fact]
    public void Commands_whose_audit_is_off_leave_no_entry()
    {
        _admin.Do(DeviceCode.SetOption, 3, 0, 2, 0x01, 0);
        var before = _device.LogEntries.Count;
        _admin.Do(DeviceCode.Echo, 1);
        Assert.Equal(before, _device.LogEntries.Count);
    }

    [Fact]
    public void An_algorithm_is_switched_off_on_a_fresh_device_only()
    {
        _admin.Do(DeviceCode.SetOption, 4, 0, 2, 46, 0);
        var common = HostSession.Common(5, DeviceAlgorithm.Ed25519, DeviceCapabilities.SignEddsa);
        Assert.Equal(DeviceRefusal.AlgorithmDisabled, _admin.Refusal(DeviceCode.GenerateAsymmetricKey, common));
        _admin.PutKey(6, [.. new byte[31], 1], DeviceAlgorithm.EcK256);
        Assert.Equal(DeviceRefusal.InvalidData, _admin.Refusal(DeviceCode.SetOption, 4, 0, 2, 46, 1));
    }

    [Fact]
    public void A_reset_leaves_a_device_from_the_box_that_boots_for_a_while()
    {
        var clock = new ManualClock();
        var device = new YubiHsmDevice(new YubiHsmOptions { Time = clock, BootTime = TimeSpan.FromSeconds(2) });
        var session = HostSession.Open(device);
        session.PutKey(5, new byte[32]);
        session.Do(DeviceCode.ResetDevice);

        Assert.False(device.IsPresent);
        Assert.Throws<IOException>(() => device.Exchange([0x06, 0, 0]));
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("00010200", Bytes.Hex(HostSession.Open(device).Do(DeviceCode.ListObjects)));
        Assert.Equal(1, device.Sessions);
    }

    [Fact]
    public void The_device_says_what_it_is_without_a_session()
    {
        var info = _device.Exchange([0x06, 0, 0]);
        Assert.Equal("02" + "04" + "01" + "075bcd15" + "3e" + "04", Bytes.Hex(info[3..12]));
        Assert.Equal(Bytes.Hex(info), Bytes.Hex(_admin.Exchange([0x06, 0, 0])));
        Assert.Equal(13, _device.Exchange([0x06, 0, 1, 1])[2]);
    }
}
