using System.Diagnostics;
using System.Globalization;
using Kms.Testing.Usb;

namespace Kms.Hardware.Tests.Usb;

/// <summary><see cref="UsbProgram"/> as a child process on an emulated bus.</summary>
public sealed class UsbProcess : IDisposable
{
    private readonly Process _process;

    /// <param name="bus">Where its devices are; null for those of the machine.</param>
    /// <param name="isOrdinary">Whether file modes hold for it, also when the tests are run by root.</param>
    public UsbProcess(UsbEmulation? bus, bool isOrdinary = false)
    {
        string[] ordinary = isOrdinary && Environment.IsPrivilegedProcess ? ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--"] : [];
        string[] command = [.. ordinary, Path.Combine(AppContext.BaseDirectory, "Kms.Hardware.Tests")];
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (bus is not null) foreach (var (name, value) in bus.Variables) start.Environment[name] = value;
        _process = Process.Start(start)!;
    }

    /// <summary>Says a line and reads the answer.</summary>
    public async Task<string> AskAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
        return await _process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromMinutes(2))
            ?? throw new InvalidOperationException($"the child process ended at `{line}`");
    }

    public Task<string> SendAsync(byte[] frame, int milliseconds = 60_000) =>
        AskAsync(string.Create(CultureInfo.InvariantCulture, $"send {Convert.ToHexString(frame)} {milliseconds}"));

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
