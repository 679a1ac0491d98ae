using System.Net.Sockets;
using Kms.Hardware.Ledger;
using Kms.Hardware.Ledger.Hidraw;
using Kms.Hardware.Tests.Usb;
using Kms.Testing.Ledger;

namespace Kms.Hardware.Tests.Ledger.Hidraw;

/// <summary>Which node is opened, and why one is not: real calls on links to what fails as devices do.</summary>
public sealed class HidrawDeviceTests : IDisposable
{
    private const string Other = "usb-0000:00:14.0-3";
    private const string Gone = "the Ledger at usb-0000:00:14.0-2 (DEV/hidraw0) was unplugged, or an app was opened or closed on it: "
        + "plug it in and open the Tendermint app";

    private static readonly CancellationToken NoDeadline = CancellationToken.None;
    private static readonly byte[] Fido = Convert.FromHexString("06d0f10901a101");

    private readonly HidrawEmulation _bus = new();
    private readonly string _directory = Directory.CreateTempSubdirectory("hidraw-targets-").FullName;

    public void Dispose()
    {
        _bus.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task No_Ledger()
    {
        Assert.Equal("no Ledger is attached: plug it in, and see whether `lsusb` lists 2c97", await OpenAsync());
        Assert.Equal($"no Ledger is attached; the one at {Other} is looked for: plug it in, and see whether `lsusb` lists 2c97", await OpenAsync(Other));
    }

    [Fact]
    public async Task No_hidraw()
    {
        var bus = new HidrawBus(Path.Combine(_directory, "none"), _bus.Nodes);
        Assert.Equal(
            $"there is no hidraw here: {bus.Classes} is missing; a kernel needs CONFIG_HIDRAW, a container needs /sys",
            (await new HidrawDevice(bus, null).OpenAsync(NoDeadline)).Error);
    }

    [Fact]
    public async Task Other_devices_and_other_interfaces_are_left_alone()
    {
        // A directory cannot be opened: whoever tries has another answer.
        _bus.Add(LedgerHid.Uevent(0x1015, HidrawEmulation.Port), Fido, _directory);
        _bus.Add("HID_ID=0003:00001050:00000407\nHID_PHYS=usb-1/input0\n", LedgerHid.ReportDescriptor, _directory);
        _bus.Add("", LedgerHid.ReportDescriptor, _directory);
        Directory.CreateDirectory(Path.Combine(_bus.Classes, "hidraw9"));
        File.WriteAllText(Path.Combine(_bus.Classes, "hidraw10"), "");
        File.CreateSymbolicLink(Path.Combine(_bus.Classes, "hidraw11"), "nowhere");
        Assert.StartsWith("no Ledger is attached: ", await OpenAsync(), StringComparison.Ordinal);
        Assert.Empty(Bus.Ledgers());
    }

    [Fact]
    public async Task Of_several_the_path_chooses()
    {
        var first = _bus.Add(LedgerHid.Uevent(0x1001, HidrawEmulation.Port), LedgerHid.ReportDescriptor, Empty("first"));
        var second = _bus.Add(LedgerHid.Uevent(0x4001, Other), LedgerHid.ReportDescriptor, Empty("second"));
        Assert.Equal([first, second], Bus.Ledgers().Select(node => node.Name));
        Assert.Equal(
            "more than one Ledger is attached: usb-0000:00:14.0-2 (DEV/hidraw0), usb-0000:00:14.0-3 (DEV/hidraw1): say which one by its port as `path`",
            await OpenAsync());

        var link = Path.Combine(_directory, "ledger");
        File.CreateSymbolicLink(link, Path.Combine(_bus.Nodes, second));
        // The first one is held: what opens is the second.
        var held = await new HidrawDevice(Bus, HidrawEmulation.Port).OpenAsync(NoDeadline);
        foreach (var path in (string[])[Other, Path.Combine(_bus.Nodes, second), link]) Assert.Null(await OpenAsync(path));
        Assert.Equal("the Ledger at usb-0000:00:14.0-2 (DEV/hidraw0) is used by another tmkms: stop that one", await OpenAsync(HidrawEmulation.Port));
        held.Channel!.Dispose();
        Assert.Null(await OpenAsync(HidrawEmulation.Port));
    }

    [Theory]
    [InlineData("usb-0000:00:14.0")]
    [InlineData("usb-0000:00:14.0-22")]
    [InlineData("hidraw0")]
    [InlineData("/dev/hidraw99999")]
    [InlineData("/")]
    [InlineData("")]
    public async Task A_path_where_none_is_lists_those_that_are(string path)
    {
        _bus.Add(LedgerHid.Uevent(0x1001, HidrawEmulation.Port), LedgerHid.ReportDescriptor, Empty("first"));
        Assert.Equal($"no Ledger is at {path}; attached: usb-0000:00:14.0-2 (DEV/hidraw0)", await OpenAsync(path));
    }

    [Fact]
    public async Task A_deadline_that_has_passed() =>
        Assert.Equal("the deadline passed before the Ledger was looked for", (await new HidrawDevice(Bus, null).OpenAsync(new(canceled: true))).Error);

    [Fact]
    public async Task A_sandbox_that_hides_the_node()
    {
        Add("missing");
        Assert.StartsWith("the Ledger at usb-0000:00:14.0-2 (DEV/hidraw0) is attached, but its node is missing here: ", await OpenAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_without_a_device()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(Path.Combine(_directory, "socket")));
        // ENXIO.
        Add("socket");
        Assert.Equal(Gone, await OpenAsync());
    }

    [Fact]
    public async Task An_error_that_is_not_known_has_the_words_of_the_system()
    {
        Add("");
        Assert.Equal(
            "the Ledger at usb-0000:00:14.0-2 (DEV/hidraw0) failed: cannot open it: Is a directory: unplug it and plug it in again", await OpenAsync());
    }

    [Fact]
    public async Task Reads_and_writes_that_fail_as_those_of_a_device_that_is_gone()
    {
        // Its first page cannot be read or written: EIO.
        Add("/proc/self/mem");
        using var channel = (await new HidrawDevice(Bus, null).OpenAsync(NoDeadline)).Channel!;
        Assert.Equal(Gone, Shown(channel.Drain()));
        Assert.Equal(Gone, Shown((await channel.ReadAsync(NoDeadline)).Error));
        Assert.Equal(Gone, Shown(await channel.WriteAsync(new byte[HidFraming.ReportSize], NoDeadline)));
    }

    [Fact]
    public async Task What_ends_is_gone_and_what_does_not_end_is_not_read_for_ever()
    {
        Add(Empty("end"));
        using (var channel = (await new HidrawDevice(Bus, null).OpenAsync(NoDeadline)).Channel!) Assert.Equal(Gone, Shown(channel.Drain()));
        File.WriteAllBytes(Empty("end"), new byte[100 * HidFraming.ReportSize]);
        using (var channel = (await new HidrawDevice(Bus, null).OpenAsync(NoDeadline)).Channel!)
            Assert.Equal("the Ledger at usb-0000:00:14.0-2 (DEV/hidraw0) sends without being asked: unplug it and plug it in again", Shown(channel.Drain()));
    }

    [HidrawFact]
    public async Task A_device_that_may_not_be_opened_is_answered_by_the_udev_rule()
    {
        var ledger = new SimulatedLedger();
        ledger.Prompted += ledger.Confirm;
        _bus.Plug(ledger, mode: UnixFileMode.None);
        using var program = new UsbProcess(null, isOrdinary: true);
        await program.AskAsync($"ledger use {_bus.Classes} {_bus.Nodes}");
        var rule = File.ReadLines(Path.Combine(RepositoryRoot(), "deploy", "udev", "60-ledger.rules")).Single(line => line is not ['#', ..]);
        Assert.Equal(
            $"this user may not open the Ledger at usb-0000:00:14.0-2 (DEV/hidraw0): put the line `{rule}` into a file of /etc/udev/rules.d, "
                + "run `udevadm control --reload && udevadm trigger`, and run tmkms as a member of the group tmkms",
            Shown(await program.AskAsync("ledger prevote 1")));
        foreach (var node in Directory.EnumerateFiles(_bus.Nodes)) File.SetUnixFileMode(node, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Assert.Equal("signed", await program.AskAsync("ledger prevote 1"));
    }

    private HidrawBus Bus => new(_bus.Classes, _bus.Nodes);

    private static string RepositoryRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Kms.sln"))) directory = directory.Parent!;
        return directory.FullName;
    }

    private void Add(string target) => _bus.Add(LedgerHid.Uevent(0x1001, HidrawEmulation.Port), LedgerHid.ReportDescriptor, Path.Combine(_directory, target));

    /// <summary>An empty file.</summary>
    private string Empty(string name)
    {
        var path = Path.Combine(_directory, name);
        File.WriteAllBytes(path, []);
        return path;
    }

    /// <summary>Null when it was opened; closes it again.</summary>
    private async Task<string?> OpenAsync(string? path = null)
    {
        var opening = await new HidrawDevice(Bus, path).OpenAsync(NoDeadline);
        opening.Channel?.Dispose();
        return Shown(opening.Error);
    }

    private string? Shown(string? error) => error?.Replace(_bus.Nodes, "DEV", StringComparison.Ordinal);
}
