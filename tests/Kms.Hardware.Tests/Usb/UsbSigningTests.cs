using System.Globalization;
using Kms.Testing.Usb;
using Kms.Testing.YubiHsm;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace Kms.Hardware.Tests.Usb;

/// <summary>The product's session and signer, the real libusb, an emulated bus, and simulated devices: everything but the wire.</summary>
public sealed class UsbSigningTests : IDisposable
{
    private const string Serial = "0123456789";
    private const string Other = "0007550054";

    private readonly UsbEmulation _bus = new();
    private readonly List<UsbProcess> _programs = [];

    public void Dispose()
    {
        foreach (var program in _programs) program.Dispose();
        _bus.Dispose();
    }

    [EmulatedUsbFact]
    public async Task It_signs_and_every_fault_costs_no_signature()
    {
        var (simulated, device) = Make(Serial, 1);
        _bus.Plug(device);
        // How long it waits for the answer that is lost; far more than a device takes that answers.
        var program = await StartAsync("123456789", limit: 10);
        for (var length = 0; length <= 200; length += 7) await SignsAsync(program, 1, length);

        foreach (var fault in Enum.GetValues<ResponseFault>())
        {
            simulated.Faults.Spoil(fault);
            await SignsAsync(program, 1, 32);
        }

        simulated.Faults.CloseSessions();
        await SignsAsync(program, 1, 33);
        Assert.Equal(1, simulated.Sessions);

        _bus.Unplug(device);
        Assert.Equal($"yubihsm: no YubiHSM 2 is attached; the one with the serial number {Serial} is looked for", await AskAsync(program, 34));
        simulated.Faults.PowerCycle();
        _bus.Plug(device);
        await SignsAsync(program, 1, 34);
        Assert.Equal(1, simulated.Sessions);
    }

    [EmulatedUsbFact]
    public async Task Each_of_two_devices_signs_with_its_own_key_and_one_goes_without_the_other()
    {
        var (first, second) = (Make(Serial, 1).Device, Make(Other, 2).Device);
        _bus.Plug(first);
        _bus.Plug(second);
        var (one, two) = (await StartAsync(Serial), await StartAsync(Other));
        for (var length = 0; length < 5; length++)
        {
            await SignsAsync(one, 1, length);
            await SignsAsync(two, 2, length);
        }

        _bus.Unplug(first);
        await SignsAsync(two, 2, 64);
        Assert.Equal($"yubihsm: no YubiHSM 2 with the serial number {Serial} is attached; attached: {Other}", await AskAsync(one, 64));
        _bus.Plug(first);
        await SignsAsync(one, 1, 64);
    }

    [EmulatedUsbFact]
    public async Task Devices_that_hang_do_not_use_up_the_time_of_one_that_works()
    {
        // libusb waits a second for each.
        for (var i = 0; i < 4; i++) _bus.Plug(new EmulatedUsbDevice(Other, _ => null) { IsHung = true });
        _bus.Plug(Make(Serial, 1).Device);
        var program = await StartAsync(Serial, limit: 3);
        await SignsAsync(program, 1, 32);
    }

    [EmulatedUsbFact]
    public async Task A_device_that_another_program_holds_signs_when_that_one_lets_it_go()
    {
        var device = Make(Serial, 1).Device;
        device.IsBusy = true;
        _bus.Plug(device);
        var program = await StartAsync(Serial);
        Assert.Equal($"the YubiHSM 2 {Serial} is used by another program: stop that one (a connector, another tmkms)", await AskAsync(program, 1));
        device.IsBusy = false;
        await SignsAsync(program, 1, 1);
    }

    [EmulatedUsbFact]
    public async Task A_device_that_may_not_be_opened_signs_when_it_may_be()
    {
        var device = Make(Serial, 1).Device;
        _bus.Plug(device, UnixFileMode.None);
        var program = await StartAsync(Serial, isOrdinary: true);
        Assert.StartsWith("this user may not open the YubiHSM 2 on bus 1, address 2: put the line `SUBSYSTEM==", await AskAsync(program, 1), StringComparison.Ordinal);
        _bus.Unplug(device);
        _bus.Plug(device);
        await SignsAsync(program, 1, 1);
    }

    /// <summary>A device with key 1, on the bus and behind it.</summary>
    private static (YubiHsmDevice Simulated, EmulatedUsbDevice Device) Make(string serial, byte seed)
    {
        var simulated = new YubiHsmDevice();
        HostSession.Open(simulated).PutKey(1, Seed(seed));
        // The session that put the key is not one of the host's.
        simulated.Faults.CloseSessions();
        return (simulated, new EmulatedUsbDevice(serial, Answer));

        byte[]? Answer(byte[] frame)
        {
            try
            {
                return simulated.Exchange(frame);
            }
            catch (IOException)
            {
                return null;
            }
        }
    }

    private static byte[] Seed(byte seed) => [.. Enumerable.Repeat(seed, 32)];

    private static byte[] Message(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)i)];

    private static Task<string> AskAsync(UsbProcess program, int length) => program.AskAsync($"sign x{Convert.ToHexString(Message(length))}");

    private static async Task SignsAsync(UsbProcess program, byte seed, int length)
    {
        var expected = new byte[Ed25519.SignatureSize];
        new Ed25519PrivateKeyParameters(Seed(seed)).Sign(Ed25519.Algorithm.Ed25519, null, Message(length), 0, length, expected, 0);
        Assert.Equal(Convert.ToHexString(expected), await AskAsync(program, length));
    }

    private async Task<UsbProcess> StartAsync(string serial, bool isOrdinary = false, int limit = 60)
    {
        var program = new UsbProcess(_bus, isOrdinary);
        _programs.Add(program);
        await program.AskAsync(string.Create(CultureInfo.InvariantCulture, $"limit {limit}"));
        Assert.Equal("ok", await program.AskAsync($"use {serial}"));
        return program;
    }
}
