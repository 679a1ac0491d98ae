using Kms.Hardware.Ledger;
using Kms.Hardware.Ledger.Commands;

namespace Kms.Hardware.Tests.Ledger;

public sealed class HidTransportTests
{
    private const string Version = "0101050000" + "0006" + "000009019000";
    private const string Key = "0101050000" + "0022" + "4cb862f2be162f32ee858811f4fe7fcd5d11017a496d3121910f036b6105b6969000";
    private static readonly Apdu GetVersion = new GetVersionCommand().Apdu;
    private static readonly CancellationToken NoDeadline = CancellationToken.None;

    [Fact]
    public async Task The_channel_is_drained_before_each_command_and_stays_open()
    {
        var device = new ScriptedDevice([Version, Key]);
        using var transport = new HidTransport(device);
        Assert.Equal(6, (await transport.ExchangeAsync(GetVersion, NoDeadline)).Response!.Data.Length + 2);
        Assert.Equal(32, (await transport.ExchangeAsync(new GetPublicKeyCommand().Apdu, NoDeadline)).Response!.Data.Length);
        Assert.Equal(["open", "drain", "write 01010500000005560000000000", "read", "drain", "write 01010500000005560100000000", "read"], device.Calls);
    }

    [Fact]
    public async Task A_long_command_is_written_report_by_report()
    {
        var device = new ScriptedDevice([Version]);
        using var transport = new HidTransport(device);
        await transport.ExchangeAsync(GetVersion with { Data = new byte[100] }, NoDeadline);
        Assert.Equal(["write 01010500000069560000006400", "write 01010500010000000000000000"], device.Calls.Where(call => call.StartsWith('w')));
    }

    [Theory]
    [InlineData("0101050001" + "0006" + "000009019000", "report 1 instead of 0")]
    [InlineData("0102050000" + "0006" + "000009019000", "channel 0102")]
    [InlineData("0101020000" + "0006" + "000009019000", "tag 02")]
    [InlineData("0101050000" + "0001" + "000009019000", "an answer of 1 bytes")]
    [InlineData(null, ScriptedDevice.Gone)]
    public async Task A_failure_closes_the_channel_and_the_next_command_opens_the_device_anew(string? report, string sentence)
    {
        var device = new ScriptedDevice(report is null ? [] : [report], [Version]);
        using var transport = new HidTransport(device);
        Assert.Contains(sentence, (await transport.ExchangeAsync(GetVersion, NoDeadline)).Error, StringComparison.Ordinal);
        Assert.Equal("close", device.Calls[^1]);
        Assert.NotNull((await transport.ExchangeAsync(GetVersion, NoDeadline)).Response);
        Assert.Equal(2, device.Calls.Count(call => call == "open"));
    }

    [Fact]
    public async Task An_unfinished_answer_is_none()
    {
        var device = new ScriptedDevice(["0101050000" + "0042" + new string('0', 114)]);
        using var transport = new HidTransport(device);
        Assert.Equal(ScriptedDevice.Gone, (await transport.ExchangeAsync(GetVersion, NoDeadline)).Error);
    }

    [Fact]
    public async Task No_device()
    {
        using var transport = new HidTransport(new ScriptedDevice());
        Assert.Equal("no Ledger is plugged in", (await transport.ExchangeAsync(GetVersion, NoDeadline)).Error);
    }

    [Fact]
    public async Task Disposing_closes_the_channel()
    {
        var device = new ScriptedDevice([Version]);
        var transport = new HidTransport(device);
        await transport.ExchangeAsync(GetVersion, NoDeadline);
        transport.Dispose();
        transport.Dispose();
        Assert.Equal("close", device.Calls[^1]);
        Assert.Single(device.Calls, "close");
    }

    /// <summary>Each opening has reports to read; after them the device is gone.</summary>
    private sealed class ScriptedDevice(params string[][] openings) : IHidDevice
    {
        public const string Gone = "the device is gone";

        private int _opened;

        public List<string> Calls { get; } = [];

        public ValueTask<HidOpening> OpenAsync(CancellationToken deadline)
        {
            if (_opened == openings.Length) return ValueTask.FromResult(HidOpening.Failed("no Ledger is plugged in"));
            Calls.Add("open");
            return ValueTask.FromResult(HidOpening.Ok(new Channel(Calls, new Queue<string>(openings[_opened++]))));
        }

        private sealed class Channel(List<string> calls, Queue<string> reports) : IHidChannel
        {
            public ValueTask<string?> WriteAsync(ReadOnlyMemory<byte> report, CancellationToken deadline)
            {
                Assert.Equal(HidFraming.ReportSize, report.Length);
                calls.Add($"write {Convert.ToHexStringLower(report.Span[..13])}");
                return ValueTask.FromResult<string?>(null);
            }

            public ValueTask<HidReport> ReadAsync(CancellationToken deadline)
            {
                calls.Add("read");
                return ValueTask.FromResult(reports.TryDequeue(out var report)
                    ? HidReport.Ok(Convert.FromHexString(report.PadRight(2 * HidFraming.ReportSize, '0')))
                    : HidReport.Failed(Gone));
            }

            public string? Drain()
            {
                calls.Add("drain");
                return null;
            }

            public void Dispose() => calls.Add("close");
        }
    }
}
