using Kms.Hardware.Ledger;
using Kms.Hardware.Ledger.Commands;
using Kms.Hardware.Ledger.Hidraw;
using Kms.Host.Cli.Ledger;
using Kms.Testing.Ledger;

namespace Kms.Host.Tests.Cli;

/// <summary>What <c>tmkms ledger detect</c> prints, with nodes of this machine behind which the devices are simulated.</summary>
public sealed class LedgerDetectTests : IDisposable
{
    private const string Open = "open the Tendermint app on the device";

    private readonly HidrawEmulation _emulation = new();
    private readonly HidrawBus _bus;

    public LedgerDetectTests() => _bus = new HidrawBus(_emulation.Classes, _emulation.Nodes);

    public void Dispose() => _emulation.Dispose();

    [Fact]
    public async Task Nothing_is_plugged_in() => Assert.Empty(await DetectCommand.ListAsync(_bus, CancellationToken.None));

    [Fact]
    public async Task Each_device_says_what_is_open_on_it()
    {
        var (validator, locked, dashboard, wallet) = (new SimulatedLedger(), new SimulatedLedger(), new SimulatedLedger(), new SimulatedLedger());
        locked.Lock();
        dashboard.Quit();
        wallet.Open(LedgerProgram.Wallet);
        _emulation.Plug(wallet, "usb-0000:00:14.0-4");
        _emulation.Plug(validator, "usb-0000:00:14.0-1");
        _emulation.Plug(locked, "usb-0000:00:14.0-2");
        _emulation.Plug(dashboard, "usb-0000:00:14.0-3");

        var found = await DetectCommand.ListAsync(_bus, CancellationToken.None);

        Assert.Equal(
            [
                $"usb-0000:00:14.0-1 ({Node(1)}, Ledger Nano S 2c97:1001): the Tendermint app 0.9.1 is open",
                $"usb-0000:00:14.0-2 ({Node(2)}, Ledger Nano S 2c97:1001): get version: the device is locked: unlock it and {Open}",
                $"usb-0000:00:14.0-3 ({Node(3)}, Ledger Nano S 2c97:1011): no app is open on the device: {Open}",
                $"usb-0000:00:14.0-4 ({Node(0)}, Ledger Nano S 2c97:1015): the app \"Cosmos\" is open on the device: {Open}",
            ],
            found.Select(ledger => ledger.Description));
        Assert.All(found, ledger => Assert.Null(ledger.Error));
    }

    [Fact]
    public async Task One_that_another_program_has_is_listed_with_the_reason()
    {
        _emulation.Plug(new SimulatedLedger());
        using var signer = new HidTransport(new HidrawDevice(_bus, null));
        Assert.NotNull((await signer.ExchangeAsync(new GetVersionCommand().Apdu, CancellationToken.None)).Response);

        var ledger = Assert.Single(await DetectCommand.ListAsync(_bus, CancellationToken.None));

        Assert.Equal($"{HidrawEmulation.Port} ({Node(0)}, Ledger Nano S 2c97:1001): cannot be asked", ledger.Description);
        Assert.Equal($"the Ledger at {HidrawEmulation.Port} ({Node(0)}) is used by another tmkms: stop that one", ledger.Error);
    }

    private string Node(int number) => Path.Combine(_emulation.Nodes, $"hidraw{number}");
}
