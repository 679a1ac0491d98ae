using Kms.Hardware.Tests.Usb;
using Kms.Testing.Ledger;
using Kms.Testing.Usb;

namespace Kms.Hardware.Tests.Ledger.Hidraw;

/// <summary>The product in a process of its own, on a node with the borders of reports and the error numbers of the kernel's hidraw.</summary>
public sealed class HidrawKernelTests : IDisposable
{
    private readonly SimulatedLedger _ledger = new();
    private readonly LedgerHid _device;
    private readonly EmulatedHidraw? _hidraw;
    private readonly HidrawEmulation _bus = new();
    private UsbProcess? _program;

    public HidrawKernelTests()
    {
        _device = new LedgerHid(_ledger);
        _hidraw = EmulatedHidraw.Missing is null ? new EmulatedHidraw(_device) : null;
    }

    public void Dispose()
    {
        _program?.Dispose();
        _hidraw?.Dispose();
        _device.Dispose();
        _bus.Dispose();
    }

    [EmulatedHidrawFact]
    public async Task It_signs_and_signs_again_after_the_device_was_away()
    {
        const string Gone = "was unplugged, or an app was opened or closed on it: plug it in and open the Tendermint app";
        _device.LeaveStale([.. new byte[120], 0x90, 0x00]);
        var node = Attach();
        using var prompted = new SemaphoreSlim(0);
        _ledger.Prompted += () => prompted.Release();

        var signing = AskAsync("prevote 1");
        await prompted.WaitAsync();
        _ledger.Confirm();
        Assert.Equal("signed", await signing);
        for (var height = 2; height < 20; height++) Assert.Equal("signed", await AskAsync($"prevote {height}"));
        Assert.Equal("signed", await AskAsync("prevote 3"));

        // While it waits for the button, and between two requests.
        _ledger.Open(LedgerProgram.Validator);
        Assert.EndsWith(Gone, await AskAsync("prevote 20"), StringComparison.Ordinal);
        signing = AskAsync("prevote 20");
        await prompted.WaitAsync();
        _ledger.Unplug();
        _bus.Remove(node);
        Assert.EndsWith(Gone, await signing, StringComparison.Ordinal);
        Assert.StartsWith("no Ledger is attached: ", await AskAsync("prevote 20"), StringComparison.Ordinal);

        _ledger.Plug(LedgerProgram.Dashboard);
        node = Attach();
        Assert.Contains("no app is open on the device", await AskAsync("prevote 20"), StringComparison.Ordinal);
        _ledger.Open(LedgerProgram.Validator);
        _bus.Remove(node);
        Attach();
        // The device has not noticed yet that the dashboard has gone.
        Assert.EndsWith(Gone, await AskAsync("prevote 20"), StringComparison.Ordinal);
        _ledger.Prompted += _ledger.Confirm;
        Assert.Equal("signed", await AskAsync("prevote 20"));
        Assert.Equal(20, _ledger.Signed.Length);
    }

    private string Attach() => _bus.Add(LedgerHid.Uevent(_ledger.ProductId, HidrawEmulation.Port), LedgerHid.ReportDescriptor, _hidraw!.Path);

    private async Task<string> AskAsync(string call)
    {
        if (_program is null)
        {
            _program = new UsbProcess(null);
            await _program.AskAsync($"ledger use {_bus.Classes} {_bus.Nodes}");
        }

        return await _program.AskAsync($"ledger {call}");
    }
}
