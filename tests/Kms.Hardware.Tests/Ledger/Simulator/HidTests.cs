using Kms.Testing.Ledger;

namespace Kms.Hardware.Tests.Ledger.Simulator;

/// <summary>Reports of 64 bytes, to the byte.</summary>
public sealed class HidTests : IDisposable
{
    private const string Signed = "31cf04e19afb10fa1836747a5e688d6f9e5cb9a0fc6d1d1d498193436b5fbdde21bd0cf20671d0e8abd692ea168bf1d4e85c0c428fbfb4247e2f0a6d8bd91005";

    private static readonly byte[] GetVersion = Report("0101 05 0000 0005 5600000000");
    private static readonly byte[] Version = Report("0101 05 0000 0006 00000901 9000");
    private static readonly byte[] GetKey = Report("0101 05 0000 0005 5601000000");

    private readonly SimulatedLedger _ledger = new();
    private readonly LedgerHid _device;
    private readonly HidNode _node;

    public HidTests()
    {
        _device = new LedgerHid(_ledger);
        _node = _device.Open();
    }

    public void Dispose()
    {
        _node.Dispose();
        _device.Dispose();
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    public void The_report_number_in_front_is_nothing_to_the_device(string number)
    {
        _node.Write([.. Messages.Of(number), .. GetVersion]);
        Assert.Equal(Version, _node.TryRead());
        Assert.Null(_node.TryRead());
    }

    [Fact]
    public void A_signature_takes_two_reports_each_way()
    {
        _ledger.Prompted += _ledger.Confirm;
        _node.Write(Report("0101050000 0074 560201016f6e080111640000000000000022480a20" + new string('a', 64) + "12240801"));
        Assert.Null(_node.TryRead());
        _node.Write(Report("0101050001 1220" + new string('b', 64) + "2a0b0880e2cfaa0610959aef3a320a746573742d636861696e"));
        Assert.Equal(Report("0101050000 0042" + Signed[..114]), _node.TryRead());
        Assert.Equal(Report("0101050001" + Signed[114..] + "9000"), _node.TryRead());
    }

    [Fact]
    public void Answers_go_to_the_channel_of_the_command()
    {
        _node.Write([0xAB, 0xCD, .. GetVersion[2..]]);
        Assert.Equal((byte[])[0xAB, 0xCD, .. Version[2..]], _node.TryRead());
    }

    [Theory]
    [InlineData("0101 05 0001 0005 5600000000")]
    [InlineData("0101 05 0000 0105 5600000000")]
    [InlineData("0101 05 0000 ffff 5600000000")]
    [InlineData("0101 06 0000 0005 5600000000")]
    [InlineData("0101 05 0000 0074 5602010102 0801; 0101 05 0002")]
    [InlineData("0101 05 0000 0074 5602010102 0801; 0101 05 0000 0005 5600000000")]
    [InlineData("0101 05 0000 0074 5602010102 0801; 0101 0d 0001")]
    public void A_command_with_a_report_that_does_not_fit_is_dropped_whole_and_the_next_one_is_answered(string reports)
    {
        foreach (var report in reports.Split(';')) _node.Write(Report(report));
        Assert.Null(_node.TryRead());
        _node.Write(GetVersion);
        Assert.Equal(Version, _node.TryRead());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(65)]
    [InlineData(128)]
    public void A_report_of_another_size_is_dropped(int size)
    {
        _node.Write(GetVersion.Concat(GetVersion).Concat(GetVersion).Take(size).ToArray());
        Assert.Null(_node.TryRead());
        _node.Write(GetVersion);
        Assert.Equal(Version, _node.TryRead());
    }

    [Theory]
    [InlineData("0101 00", "0101 00")]
    [InlineData("0101 01", "0101 01")]
    [InlineData("0101 02 1234", "0101 02 1234")]
    public void Requests_of_the_framing_are_answered_and_drop_the_command_in_work(string request, string reply)
    {
        _node.Write(Report("0101 05 0000 0074 5602010102 0801"));
        _node.Write(Report(request));
        Assert.Equal(Report(reply), _node.TryRead());
        _node.Write(GetVersion);
        Assert.Equal(Version, _node.TryRead());
    }

    [Fact]
    public void The_longest_command_and_the_empty_one_are_answered()
    {
        _node.Write(Report("0101 05 0000 0000"));
        Assert.Equal(Report("0101 05 0000 0002 6982"), _node.TryRead());
        _node.Write(Report("0101 05 0000 0104 56020102 ff"));
        for (byte sequence = 1; sequence <= 4; sequence++)
        {
            Assert.Null(_node.TryRead());
            _node.Write(Report($"0101 05 00{sequence:x2}"));
        }

        Assert.Equal(Report("0101 05 0000 0002 9000"), _node.TryRead());
    }

    [Fact]
    public void What_nobody_reads_waits_for_the_next_who_opens_it()
    {
        using var host = new HidHost(_device);
        _node.Write(Report("0101 05 0000 0009 56020101 04 03 080120"));
        Assert.NotNull(_ledger.Prompt);
        host.Node.Dispose();
        _node.Dispose();
        Assert.Throws<IOException>(() => _node.Write(GetVersion));
        _ledger.Deny();
        _device.LeaveStale([0xEE, 0x90, 0x00]);

        using var node = _device.Open();
        node.Write(GetVersion);
        Assert.Equal(Report("0101 05 0000 0002 6986"), node.TryRead());
        Assert.Equal(Report("0101 05 0000 0003 ee9000"), node.TryRead());
        Assert.Equal(Version, node.TryRead());
    }

    [Fact]
    public void All_who_have_it_open_get_what_it_sends()
    {
        using var other = _device.Open();
        _node.Write(GetVersion);
        Assert.Equal(Version, _node.TryRead());
        Assert.Equal(Version, other.TryRead());
    }

    [Fact]
    public async Task A_node_ends_with_the_device_or_its_program()
    {
        _node.Write(GetVersion);
        _ledger.Quit();
        Assert.Equal(Version, await _node.ReadAsync());
        Assert.Equal(HidNode.InputOutput, (await Assert.ThrowsAsync<IOException>(() => _node.ReadAsync().AsTask())).HResult);
        Assert.Equal(HidNode.NoDevice, Assert.Throws<IOException>(() => _node.Write(GetVersion)).HResult);

        using var node = _device.Open();
        var waiting = node.ReadAsync();
        _ledger.Unplug();
        await Assert.ThrowsAsync<IOException>(() => waiting.AsTask());
        Assert.Throws<IOException>(_device.Open);
        _ledger.Plug();
        using var back = _device.Open();
        back.Write(GetVersion);
        Assert.Equal(Version, back.TryRead());
    }

    [Theory]
    [InlineData(AnswerFault.Ignored, "")]
    [InlineData(AnswerFault.Lost, "")]
    [InlineData(AnswerFault.Unfinished, "")]
    [InlineData(AnswerFault.Corrupt, "0101 05 0000 0006 01000901 9000")]
    [InlineData(AnswerFault.Misnumbered, "0101 05 0001 0006 00000901 9000")]
    [InlineData(AnswerFault.WrongChannel, "0001 05 0000 0006 00000901 9000")]
    [InlineData(AnswerFault.WrongTag, "0101 02 0000 0006 00000901 9000")]
    [InlineData(AnswerFault.NoLength, "0101 05 0000 0000 00000901 9000")]
    [InlineData(AnswerFault.TooLong, "0101 05 0000 ff06 00000901 9000")]
    public void A_fault_is_that_of_one_answer(AnswerFault fault, string answer)
    {
        _ledger.Faults.Spoil(fault);
        _node.Write(GetVersion);
        if (answer.Length > 0) Assert.Equal(Report(answer), _node.TryRead());
        Assert.Null(_node.TryRead());
        _node.Write(GetVersion);
        Assert.Equal(Version, _node.TryRead());
    }

    [Fact]
    public void The_fault_of_a_message_that_is_asked_for_is_that_of_its_late_answer()
    {
        _ledger.Faults.Spoil(AnswerFault.Short);
        _node.Write(Report("0101 05 0000 0009 56020101 04 03 080120"));
        _ledger.Confirm();
        Assert.Equal(64, _node.TryRead()!.Length);
        Assert.Equal("01010500", Messages.Hex(_node.TryRead()));
        Assert.Single(_ledger.Signed);

        _ledger.Faults.Spoil(AnswerFault.Unfinished);
        _node.Write(Report("0101 05 0000 0012 56020101 0d 0c 0801110100000000000000 20"));
        Assert.Equal("0101050000", Messages.Hex(_node.TryRead()![..5]));
        Assert.Null(_node.TryRead());
        Assert.Equal(2, _ledger.Signed.Length);
    }

    [Fact]
    public async Task A_slow_device_answers_in_order_and_not_after_it_has_left()
    {
        _ledger.Faults.Delay = TimeSpan.FromMilliseconds(1);
        _node.Write(GetVersion);
        _ledger.Faults.Delay = TimeSpan.Zero;
        _node.Write(GetKey);
        Assert.Equal(Version, await _node.ReadAsync());
        Assert.Equal(_ledger.PublicKey, (await _node.ReadAsync())[7..39]);

        _ledger.Faults.Delay = TimeSpan.FromDays(1);
        _node.Write(GetVersion);
        _ledger.Quit();
        _ledger.Open(LedgerProgram.Validator);
        _ledger.Faults.Delay = TimeSpan.Zero;
        using var node = _device.Open();
        node.Write(GetKey);
        Assert.Equal(_ledger.PublicKey, (await node.ReadAsync())[7..39]);
    }

    private static byte[] Report(string hex)
    {
        var bytes = Messages.Of(hex);
        return [.. bytes, .. new byte[64 - bytes.Length]];
    }
}
