using System.CommandLine;
using Kms.Hardware.Usb;
using Kms.Hardware.YubiHsm;

namespace Kms.Host.Cli.YubiHsm;

/// <summary><c>tmkms yubihsm detect</c>: the devices on USB.</summary>
internal static class DetectCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var config = new Option<string?>("--config", "-c") { Description = "taken for tmkms's sake; no configuration is needed", HelpName = "PATH" };
        var verbose = new Option<bool>("--verbose", "-v") { Description = "show the address on the bus, too" };
        var command = new Command("detect", "detect all YubiHSM 2 devices connected via USB") { config, verbose };
        command.SetAction((parsed, _) => RunAsync(parsed.GetValue(verbose)));
        return command;
    }

    private static async Task<int> RunAsync(bool verbose)
    {
        var (devices, error) = await UsbConnection.ListAsync(UsbTransport.Model);
        if (error is not null) return CommandLine.Fail($"couldn't detect USB devices: {error}");
        if (devices.Count == 0) return CommandLine.Fail("no YubiHSM2 devices detected!");
        Console.WriteLine("Detected YubiHSM2 USB devices:");
        foreach (var device in devices)
        {
            var address = verbose ? $", address {device.Address}" : "";
            Console.WriteLine($"- Serial #{device.Serial ?? "unknown"} (bus {device.Bus}{address})");
            if (device.Problem is { } problem) CommandLine.Fail(problem.Sentence);
        }

        return devices.All(device => device.Problem is null) ? CommandLine.Success : CommandLine.Failure;
    }
}
