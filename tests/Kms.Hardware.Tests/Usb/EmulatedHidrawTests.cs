using Kms.Testing.Ledger;
using Kms.Testing.Usb;

namespace Kms.Hardware.Tests.Usb;

/// <summary>A test on an emulated hidraw node; skipped where there can be none, with the reason.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class EmulatedHidrawFactAttribute : FactAttribute
{
    public EmulatedHidrawFactAttribute() => Skip = EmulatedHidraw.Missing;
}

/// <summary>The emulated node behaves as that of the kernel: the numbers are those of drivers/hid/hidraw.c on a bus with a real kernel.</summary>
public sealed class EmulatedHidrawTests : IDisposable
{
    private const string PollIn = "1";
    private const string PollErrorHangUp = "24";
    private const string NoEntry = "errno 2";
    private const string InputOutput = "errno 5";
    private const string NoAccess = "errno 13";
    private const string NoDevice = "errno 19";

    private static readonly string GetVersion = Report("010105000000055600000000");
    private static readonly string Version = Report("0101050000000600000901" + "9000");
    private static readonly string FirstVote = Report("01010500000009560201010403080120");

    private readonly SimulatedLedger _ledger = new();
    private readonly LedgerHid _device;
    private readonly EmulatedHidraw _hidraw;
    private UsbProcess? _process;

    public EmulatedHidrawTests()
    {
        _device = new LedgerHid(_ledger);
        _hidraw = EmulatedHidraw.Missing is null ? new EmulatedHidraw(_device) : null!;
    }

    public void Dispose()
    {
        _process?.Dispose();
        _hidraw?.Dispose();
        _device.Dispose();
    }

    [EmulatedHidrawFact]
    public async Task Reports_go_both_ways_one_by_one()
    {
        Assert.Equal("ok", await OpenAsync());
        Assert.Equal("34", await MakeAsync("size"));
        Assert.Equal("0", await MakeAsync("poll 1"));
        Assert.Equal("64", await MakeAsync("write " + GetVersion));
        Assert.Equal("65", await MakeAsync("write 00" + GetVersion));
        Assert.Equal(PollIn, await MakeAsync("poll 60000"));
        Assert.Equal(Version, await MakeAsync("read"));
        Assert.Equal(Version, await MakeAsync("read"));
        Assert.Equal("0", await MakeAsync("poll 1"));
        Assert.Equal("0", await MakeAsync("close"));
    }

    [EmulatedHidrawFact]
    public async Task Who_waits_is_woken_by_the_button()
    {
        await OpenAsync();
        await MakeAsync("write " + FirstVote);
        var waiting = MakeAsync("poll 60000");
        _ledger.Deny();
        Assert.Equal(PollIn, await waiting);
        Assert.Equal(Report("0101050000" + "00026986"), await MakeAsync("read"));

        await MakeAsync("write " + FirstVote);
        waiting = MakeAsync("read");
        _ledger.Deny();
        Assert.Equal(Report("0101050000" + "00026986"), await waiting);
    }

    [EmulatedHidrawFact]
    public async Task Who_waits_is_woken_when_the_device_leaves_and_finds_it_again()
    {
        await OpenAsync();
        var waiting = MakeAsync("poll 60000");
        _ledger.Unplug();
        Assert.Equal(PollErrorHangUp, await waiting);
        Assert.Equal(InputOutput, await MakeAsync("read"));
        Assert.Equal(NoDevice, await MakeAsync("write " + GetVersion));
        Assert.Equal("0", await MakeAsync("close"));
        Assert.Equal(NoEntry, await OpenAsync());

        _ledger.Plug();
        Assert.Equal("ok", await OpenAsync());
        waiting = MakeAsync("read");
        _ledger.Quit();
        Assert.Equal(InputOutput, await waiting);
        Assert.Equal("0", await MakeAsync("close"));

        Assert.Equal("ok", await OpenAsync());
        await MakeAsync("write " + GetVersion);
        Assert.Equal(Report("0101050000" + "00026e00"), await MakeAsync("read"));
    }

    [EmulatedHidrawFact]
    public async Task A_node_that_may_not_be_opened_says_so()
    {
        _hidraw.Mode = UnixFileMode.None;
        _process = new UsbProcess(null, isOrdinary: true);
        Assert.Equal(NoAccess, await OpenAsync());
        _hidraw.Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.Equal("ok", await OpenAsync());
    }

    private static string Report(string hex) => hex.PadRight(128, '0');

    private Task<string> OpenAsync() => MakeAsync("open " + _hidraw.Path);

    private Task<string> MakeAsync(string call)
    {
        _process ??= new UsbProcess(null);
        return _process.AskAsync("hidraw " + call);
    }
}
