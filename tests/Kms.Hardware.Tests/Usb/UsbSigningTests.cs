using Kms.Testing.Usb;
using Kms.Testing.YubiHsm;
using Org.BouncyCastle.Crypto.Parameters;

namespace Kms.Hardware.Tests.Usb;

/// <summary>The product's session and signer, the real libusb, an emulated bus, and the simulated device: everything but the wire.</summary>
public sealed class UsbSigningTests : IDisposable
{
    private static readonly byte[] Seed = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    private readonly UsbEmulation _bus = new();
    private readonly YubiHsmDevice _simulated = new();
    private readonly EmulatedUsbDevice _device;
    private UsbProcess? _program;

    public UsbSigningTests()
    {
        HostSession.Open(_simulated).PutKey(1, Seed);
        _device = new EmulatedUsbDevice("0123456789", Answer);
        _bus.Plug(_device);
    }

    public void Dispose()
    {
        _program?.Dispose();
        _bus.Dispose();
    }

    [EmulatedUsbFact]
    public async Task It_signs_and_every_fault_costs_no_signature()
    {
        _program = new UsbProcess(_bus);
        await _program.AskAsync("use 123456789");
        for (var length = 1; length <= 200; length += 7) await SignAsync(length);

        foreach (var fault in Enum.GetValues<ResponseFault>())
        {
            _simulated.Faults.Spoil(fault);
            await SignAsync(32);
        }

        _simulated.Faults.CloseSessions();
        await SignAsync(33);

        _bus.Unplug(_device);
        Assert.Equal("yubihsm: no YubiHSM 2 is attached; the one with the serial number 0123456789 is looked for", await AskAsync(new byte[34]));
        _simulated.Faults.PowerCycle();
        _bus.Plug(_device);
        await SignAsync(34);
    }

    private byte[]? Answer(byte[] frame)
    {
        try
        {
            return _simulated.Exchange(frame);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private Task<string> AskAsync(byte[] message) => _program!.AskAsync($"sign {Convert.ToHexString(message)}");

    private async Task SignAsync(int length)
    {
        byte[] message = [.. Enumerable.Range(0, length).Select(i => (byte)i)];
        var expected = new byte[64];
        new Ed25519PrivateKeyParameters(Seed).Sign(Org.BouncyCastle.Math.EC.Rfc8032.Ed25519.Algorithm.Ed25519, null, message, 0, length, expected, 0);
        Assert.Equal(Convert.ToHexString(expected), await AskAsync(message));
    }
}
