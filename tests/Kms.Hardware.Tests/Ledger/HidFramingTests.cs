using Kms.Hardware.Ledger;

namespace Kms.Hardware.Tests.Ledger;

public sealed class HidFramingTests
{
    private const int HeaderSize = 5;

    private const string SignCommand =
        "560201016f6e080111640000000000000022480a20aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa122408011220bbbbbbbbbbbbbbbb"
        + "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb2a0b0880e2cfaa0610959aef3a320a746573742d636861696e";

    private const string SignAnswer =
        "31cf04e19afb10fa1836747a5e688d6f9e5cb9a0fc6d1d1d498193436b5fbdde21bd0cf20671d0e8abd692ea168bf1d4e85c0c428fbfb4247e2f0a6d8bd910059000";

    // Recorded on a USB bus; there the last report of a command had no padding to compare.
    public static TheoryData<string, string[]> Recorded => new()
    {
        { "5600000000", ["0101050000" + "0005" + "5600000000"] },
        { "000009019000", ["0101050000" + "0006" + "000009019000"] },
        { SignCommand, ["0101050000" + "0074" + SignCommand[..114], "0101050001" + SignCommand[114..]] },
        { SignAnswer, ["0101050000" + "0042" + SignAnswer[..114], "0101050001" + SignAnswer[114..]] },
    };

    [Theory]
    [MemberData(nameof(Recorded))]
    public void Messages_are_split_and_joined_as_recorded(string message, string[] reports)
    {
        var split = HidFraming.Split(Convert.FromHexString(message));
        Assert.Equal(reports.Select(r => r.PadRight(2 * HidFraming.ReportSize, '0')), split.Select(Convert.ToHexStringLower));
        Assert.Equal(message, Convert.ToHexStringLower(Join(split).Bytes));
    }

    [Fact]
    public void Every_size_goes_there_and_back()
    {
        for (var size = ApduResponse.StatusSize; size <= Apdu.MaxSize; size++)
        {
            var message = Message(size);
            var split = HidFraming.Split(message);
            Assert.Equal(size <= 57 ? 1 : 1 + ((size - 57 + 58) / 59), split.Count);
            Assert.Equal(message, Join(split).Bytes.ToArray());
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(Apdu.MaxSize + 1)]
    public void Sizes_that_a_device_would_drop_are_not_sent(int size) => Assert.Throws<ArgumentException>(() => HidFraming.Split(new byte[size]));

    [Fact]
    public void Padding_is_not_looked_at()
    {
        var reports = HidFraming.Split(Message(60));
        Array.Fill(reports[1], (byte)0xEE, HeaderSize + 3, 20);
        Assert.Equal(Message(60), Join(reports).Bytes.ToArray());
    }

    [Fact]
    public void Every_flipped_bit_of_a_header_is_refused()
    {
        var reports = HidFraming.Split(Message(130));
        for (var at = 0; at < reports.Count; at++)
        {
            for (var bit = 0; bit < 8 * HeaderSize; bit++)
            {
                var answer = Join(reports.Take(at));
                var flipped = reports[at].ToArray();
                flipped[bit / 8] ^= (byte)(1 << (bit % 8));
                Assert.NotNull(answer.Add(flipped));
                Assert.False(answer.IsComplete);
            }
        }
    }

    [Fact]
    public void Every_flipped_bit_of_a_length_changes_what_is_waited_for_or_is_refused()
    {
        var report = HidFraming.Split(Message(40))[0];
        for (var bit = 0; bit < 16; bit++)
        {
            var flipped = report.ToArray();
            flipped[HeaderSize + bit / 8] ^= (byte)(1 << (bit % 8));
            var length = flipped[HeaderSize] << 8 | flipped[HeaderSize + 1];
            var answer = new HidReassembly();
            var error = answer.Add(flipped);
            Assert.Equal(length > Apdu.MaxSize, error is not null);
            Assert.Equal(length <= 57, answer.IsComplete);
            if (answer.IsComplete) Assert.Equal(length, answer.Bytes.Length);
        }
    }

    [Theory]
    [InlineData("0000")]
    [InlineData("0001")]
    [InlineData("0105")]
    [InlineData("ffff")]
    public void Lengths_that_no_answer_has_are_refused(string length)
    {
        var answer = new HidReassembly();
        Assert.Contains("an answer of", answer.Add(Convert.FromHexString($"0101050000{length}".PadRight(128, '0'))), StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => answer.Bytes.Length);
    }

    [Fact]
    public void Every_other_size_of_a_report_is_refused()
    {
        var report = HidFraming.Split(Message(10))[0];
        for (var size = 0; size < HidFraming.ReportSize; size++) Assert.NotNull(new HidReassembly().Add(report.AsSpan(0, size)));
        Assert.NotNull(new HidReassembly().Add([.. report, 0]));
    }

    [Fact]
    public void Reports_out_of_order_and_beyond_the_end_are_refused()
    {
        var reports = HidFraming.Split(Message(130));
        Assert.Contains("report 1 instead of 0", new HidReassembly().Add(reports[1]), StringComparison.Ordinal);
        Assert.Contains("report 2 instead of 1", Join(reports.Take(1)).Add(reports[2]), StringComparison.Ordinal);
        Assert.Contains("report 0 instead of 1", Join(reports.Take(1)).Add(reports[0]), StringComparison.Ordinal);
        Assert.Contains("after the end", Join(reports).Add(reports[2]), StringComparison.Ordinal);
    }

    private static HidReassembly Join(IEnumerable<byte[]> reports)
    {
        var answer = new HidReassembly();
        foreach (var report in reports) Assert.Null(answer.Add(report));
        return answer;
    }

    private static byte[] Message(int size) => [.. Enumerable.Range(1, size).Select(i => (byte)(i % 251))];
}
