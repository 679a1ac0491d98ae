using Kms.Hardware.YubiHsm;
using Kms.Testing.Usb;
using Xunit.Abstractions;

namespace Kms.Hardware.Tests.Usb;

/// <summary>The real libusb in a process of its own, on an emulated bus.</summary>
public sealed class UsbTests(ITestOutputHelper output) : IDisposable
{
    private const string First = "0007550054";
    private const string Second = "0009999999";
    private const string Late = $"the YubiHSM 2 {First} did not answer in time";
    private const int Short = 300;

    private static readonly byte[] Frame = [2, 0, 1, 0xAA];
    private static readonly byte[] Other = [2, 0, 1, 0xBB];

    private readonly UsbEmulation _bus = new();
    private readonly List<UsbProcess> _processes = [];

    public void Dispose()
    {
        foreach (var process in _processes) process.Dispose();
        _bus.Dispose();
    }

    [EmulatedUsbFact]
    public async Task Frames_of_every_length_around_a_packet_are_answered()
    {
        var device = Plug(First, Answer);
        var program = await StartAsync("use");
        foreach (var length in (int[])[3, 63, 64, 65, 127, 128, 129, 2048, 3136])
        {
            var frame = Enumerable.Range(0, length).Select(i => (byte)(i * 7 % 251)).ToArray();
            Assert.Equal(Convert.ToHexString(Answer(frame)), await program.SendAsync(frame));
            Assert.Equal(frame, device.Frames.Last());
        }
    }

    [EmulatedUsbFact]
    public async Task Devices_are_told_apart_by_their_serial_number()
    {
        Plug(First, frame => frame[0] == 2 ? [.. Answer(frame), 1] : Answer(frame));
        Plug(Second, frame => frame[0] == 2 ? [.. Answer(frame), 2] : Answer(frame));
        var program = await StartAsync("use 7550054");
        Assert.Equal($"{First} {Second}", await program.AskAsync("list"));
        Assert.Equal("820001AA01", await program.SendAsync(Frame));
        await program.AskAsync($"use {Second}");
        Assert.Equal("820001AA02", await program.SendAsync(Frame));

        await program.AskAsync("use");
        Assert.Equal($"more than one YubiHSM 2 is attached ({First}, {Second}): say which one by its serial number", await program.SendAsync(Frame));
        await program.AskAsync("use 42");
        Assert.Equal($"no YubiHSM 2 with the serial number 0000000042 is attached; attached: {First}, {Second}", await program.SendAsync(Frame));
    }

    [Theory]
    [InlineData("")]
    [InlineData("12345678901")]
    [InlineData("12a")]
    [InlineData("\u0661")]
    public void What_is_no_serial_number_is_refused_before_a_device_is_looked_for(string serial)
    {
        Assert.False(UsbTransport.TryCreate(serial, TimeSpan.FromSeconds(1), out _, out var error));
        Assert.Equal("must be the serial number of a YubiHSM 2, at most 10 digits, such as \"0123456789\"", error);
    }

    [EmulatedUsbFact]
    public async Task Without_a_device_the_bus_is_empty()
    {
        var program = await StartAsync("use");
        Assert.Equal("", await program.AskAsync("list"));
        Assert.Equal("no YubiHSM 2 is attached: plug it in, and see whether `lsusb` lists 1050:0030", await program.SendAsync(Frame));
        await program.AskAsync("use 7");
        Assert.Equal("no YubiHSM 2 is attached; the one with the serial number 0000000007 is looked for", await program.SendAsync(Frame));
    }

    [EmulatedUsbFact]
    public async Task A_late_answer_is_never_taken_for_the_answer_of_a_later_request()
    {
        using var release = new ManualResetEventSlim();
        var device = Plug(First, frame =>
        {
            if (frame.SequenceEqual(Frame)) release.Wait();
            return Answer(frame);
        });
        var program = await StartAsync("use");
        await SendInVainAsync(program, device);
        Assert.Equal(Late, await program.SendAsync(Other, Short));
        // The device is opened, and there is no time left to ask it anything.
        Assert.StartsWith("the YubiHSM 2", await program.SendAsync(Other, 1), StringComparison.Ordinal);
        release.Set();
        Assert.Equal("820001BB", await program.SendAsync(Other));
        Assert.Equal("820001AA", await program.SendAsync(Frame));
        // The one that came while the device was at work was not even sent.
        Assert.Equal([Frame, Other, Frame], device.Frames.Where(frame => frame[0] == 2));
    }

    [EmulatedUsbFact]
    public async Task A_request_that_the_device_lost_harms_only_itself()
    {
        var device = Plug(First, frame => frame.SequenceEqual(Frame) ? null : Answer(frame));
        var program = await StartAsync("use");
        await SendInVainAsync(program, device);
        Assert.Equal("820001BB", await program.SendAsync(Other));
    }

    [EmulatedUsbFact]
    public async Task Deadlines_around_the_time_that_the_device_takes_mix_nothing_up()
    {
        var seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var (asker, answerer) = (new Random(seed), new Random(seed + 1));
        Plug(First, frame =>
        {
            if (frame[0] == 2) Thread.Sleep(answerer.Next(20));
            return Answer(frame);
        });
        var program = await StartAsync("use");
        await program.SendAsync(Frame);
        for (byte i = 0; i < 100; i++)
        {
            byte[] frame = [2, 0, 1, i];
            var reply = await program.SendAsync(frame, 1 + asker.Next(20));
            if (reply != Late) Assert.Equal(Convert.ToHexString(Answer(frame)), reply);
        }

        Assert.Equal("820001AA", await program.SendAsync(Frame));
    }

    [EmulatedUsbFact]
    public async Task Unplugging_ends_a_request_at_once_and_plugging_in_again_is_enough()
    {
        using var asked = new SemaphoreSlim(0);
        var device = Plug(First, frame =>
        {
            if (!frame.SequenceEqual(Frame)) return Answer(frame);
            asked.Release();
            return null;
        });
        var program = await StartAsync("use");
        var reply = program.SendAsync(Frame);
        await asked.WaitAsync();
        _bus.Unplug(device);
        Assert.Equal($"the YubiHSM 2 {First} was unplugged, or was reset: plug it in again", await reply);
        Assert.Equal("no YubiHSM 2 is attached: plug it in, and see whether `lsusb` lists 1050:0030", await program.SendAsync(Frame));
        _bus.Plug(device);
        Assert.Equal("820001BB", await program.SendAsync(Other));

        // Between two requests.
        _bus.Unplug(device);
        _bus.Plug(device);
        Assert.Equal($"the YubiHSM 2 {First} was unplugged, or was reset: plug it in again", await program.SendAsync(Other));
        Assert.Equal("820001BB", await program.SendAsync(Other));
    }

    [EmulatedUsbFact]
    public async Task What_another_program_did_not_fetch_is_thrown_away()
    {
        var device = Plug(First, Answer);
        device.Leave([0x82, 0, 1, 0xEE]);
        device.Leave(new byte[64]);
        var program = await StartAsync("use");
        Assert.Equal("820001AA", await program.SendAsync(Frame));
    }

    [EmulatedUsbFact]
    public async Task A_device_that_another_program_holds_is_busy_until_that_one_ends()
    {
        Plug(First, Answer);
        var holder = await StartAsync("use");
        await holder.SendAsync(Frame);
        var program = await StartAsync("use");
        Assert.Equal(First, await program.AskAsync("list"));
        Assert.Equal("Busy", await program.AskAsync("fault"));
        Assert.Equal($"the YubiHSM 2 {First} is used by another program: stop that one (a connector, another tmkms)", await program.SendAsync(Frame));
        Assert.Equal("820001AA", await holder.SendAsync(Frame));
        holder.Dispose();
        _processes.Remove(holder);
        string reply;
        do reply = await program.SendAsync(Frame);
        while (reply.Contains("another program", StringComparison.Ordinal));
        Assert.Equal("820001AA", reply);
    }

    [EmulatedUsbFact]
    public async Task A_closed_device_can_be_opened_at_once()
    {
        Plug(First, Answer);
        var program = await StartAsync("fault");
        for (var i = 0; i < 5; i++) Assert.Equal("none", await program.AskAsync($"fault {First}"));
    }

    [EmulatedUsbFact]
    public async Task A_device_that_may_not_be_opened_is_answered_by_the_udev_rule()
    {
        _bus.Plug(new EmulatedUsbDevice(First, Answer), UnixFileMode.None);
        var program = new UsbProcess(_bus, isOrdinary: true);
        _processes.Add(program);
        Assert.Equal("NoPermission", await program.AskAsync("list"));
        Assert.Equal("NoPermission", await program.AskAsync($"fault {First}"));
        await program.AskAsync("use");
        var rule = File.ReadLines(Path.Combine(RepositoryRoot(), "deploy", "udev", "60-yubihsm.rules")).Single(line => line is not ['#', ..]);
        Assert.Contains($"`{rule}`", await program.SendAsync(Frame), StringComparison.Ordinal);
    }

    [EmulatedUsbFact]
    public async Task Without_the_library_its_package_is_named()
    {
        var program = await StartAsync("no-library");
        await program.AskAsync("use");
        var sentence = "libusb-1.0 is not installed: install it (Debian and Ubuntu: `apt-get install libusb-1.0-0`)";
        Assert.Equal(sentence, await program.SendAsync(Frame));
        Assert.Equal(sentence, await program.AskAsync("list"));
    }

    /// <summary>What a device does with an Echo, for every command.</summary>
    private static byte[] Answer(byte[] frame) => [(byte)(frame[0] | 0x80), .. frame[1..]];

    [EmulatedUsbFact]
    public async Task A_sandbox_without_netlink_is_named()
    {
        Plug(First, Answer);
        _bus.ForbidNetlink();
        var program = new UsbProcess(_bus, isOrdinary: true);
        _processes.Add(program);
        Assert.Equal(
            "libusb does not start (code -99): it needs a netlink socket to udev, does a sandbox forbid it (systemd: add AF_NETLINK to RestrictAddressFamilies=)?",
            await program.AskAsync("list"));
    }

    private static string RepositoryRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Kms.sln"))) directory = directory.Parent!;
        return directory.FullName;
    }

    /// <summary>Sends the first frame to a device that does not answer it; with more time when the program did not even get to send it.</summary>
    private static async Task SendInVainAsync(UsbProcess program, EmulatedUsbDevice device)
    {
        for (var deadline = Short; !device.Frames.Any(frame => frame.SequenceEqual(Frame)); deadline *= 2)
            Assert.Equal(Late, await program.SendAsync(Frame, deadline));
    }

    private EmulatedUsbDevice Plug(string serial, Func<byte[], byte[]?> exchange)
    {
        var device = new EmulatedUsbDevice(serial, exchange);
        _bus.Plug(device);
        return device;
    }

    private async Task<UsbProcess> StartAsync(string line)
    {
        var process = new UsbProcess(_bus);
        _processes.Add(process);
        await process.AskAsync(line);
        return process;
    }
}
