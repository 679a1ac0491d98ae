using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Hardware.Ledger;
using Kms.Hardware.Ledger.Commands;
using Kms.Hardware.Ledger.Hidraw;
using Kms.Testing.Ledger;
using static Kms.Hardware.Tests.Ledger.LedgerMessages;
using LedgerOptions = Kms.Hardware.Ledger.LedgerOptions;
using SimulatedOptions = Kms.Testing.Ledger.LedgerOptions;

namespace Kms.Hardware.Tests.Ledger.Hidraw;

/// <summary>The product's device and session, the kernel's open, poll, read and write, and the simulated app: everything but the wire.</summary>
public sealed class HidrawSigningTests : IDisposable
{
    private const string Gone = "was unplugged, or an app was opened or closed on it: plug it in and open the Tendermint app";

    private static readonly CancellationToken NoDeadline = CancellationToken.None;
    private static readonly Apdu GetVersion = new GetVersionCommand().Apdu;

    private readonly HidrawEmulation _bus = new();
    private readonly SimulatedLedger _ledger = new();
    private readonly HidTransport _transport;

    public HidrawSigningTests() => _transport = Transport(null);

    public void Dispose()
    {
        _transport.Dispose();
        _bus.Dispose();
    }

    [HidrawFact]
    public async Task The_first_message_waits_for_the_button_and_every_height_is_signed_after_it()
    {
        _bus.Plug(_ledger);
        await using var session = await OpenAsync(_transport);
        var waiting = Assert.IsType<LedgerOutcome.Waiting>(await session.SignAsync(Prevote(1), NoDeadline));
        Assert.StartsWith("waiting for confirmation on the Ledger at height 1 round 0", waiting.Reason, StringComparison.Ordinal);
        await ConfirmAsync(_ledger);
        for (var height = 1; height <= 20; height++)
        {
            if (height > 1) await SignsAsync(session, _ledger, Proposal(height));
            if (height > 1) await SignsAsync(session, _ledger, Prevote(height));
            else Assert.IsType<LedgerOutcome.Signed>(await UntilSignedAsync(session, Prevote(height)));
            await SignsAsync(session, _ledger, Precommit(height));
        }

        Assert.Equal(59, _ledger.Signed.Length);
        var refused = Assert.IsType<LedgerOutcome.Refused>(await session.SignAsync(Precommit(19, 1), NoDeadline));
        Assert.Contains("double-sign rule", refused.Reason, StringComparison.Ordinal);
    }

    [HidrawFact]
    public async Task What_a_program_before_did_not_read_is_thrown_away()
    {
        _bus.Plug(_ledger, stale: [.. Enumerable.Repeat((byte)0xEE, 200), 0x90, 0x00]);
        Assert.Equal([0, 0, 9, 1], await VersionAsync());
        Assert.Equal([0, 0, 9, 1], await VersionAsync());
    }

    [HidrawFact]
    public async Task A_deadline_ends_the_waiting_and_the_next_command_opens_the_device_anew()
    {
        _bus.Plug(_ledger);
        using var deadline = new CancellationTokenSource();
        // The device waits for a button that nobody presses.
        _ledger.Prompted += deadline.Cancel;
        Assert.Equal(
            $"the Ledger at {HidrawEmulation.Port} ({Path.Combine(_bus.Nodes, "hidraw0")}) did not answer before the deadline",
            (await LedgerExchange.SignAsync(_transport, Prevote(7), deadline.Token)).Failure!.Reason);
        // What it answers to the question is no longer there when the app was opened again.
        _ledger.Open(LedgerProgram.Validator);
        Assert.Equal([0, 0, 9, 1], await VersionAsync());
    }

    [HidrawFact]
    public async Task Unplugged_while_it_waits_for_the_button_and_plugged_in_again()
    {
        _bus.Plug(_ledger);
        var prompted = Prompted(_ledger);
        var signing = LedgerExchange.SignAsync(_transport, Prevote(7), NoDeadline).AsTask();
        await prompted;
        _ledger.Unplug();
        Assert.EndsWith(Gone, (await signing).Failure!.Reason, StringComparison.Ordinal);
        Assert.Equal("no Ledger is attached: plug it in, and see whether `lsusb` lists 2c97", (await _transport.ExchangeAsync(GetVersion, NoDeadline)).Error);
        _ledger.Plug();
        _bus.Plug(_ledger);
        Assert.Equal([0, 0, 9, 1], await VersionAsync());

        // Between two commands.
        _ledger.Unplug();
        _ledger.Plug();
        _bus.Plug(_ledger, "usb-0000:00:14.0-9");
        Assert.EndsWith(Gone, (await _transport.ExchangeAsync(GetVersion, NoDeadline)).Error, StringComparison.Ordinal);
        Assert.Equal([0, 0, 9, 1], await VersionAsync());
    }

    [HidrawFact]
    public async Task An_app_that_is_closed_and_opened_changes_the_product_and_the_node()
    {
        _bus.Plug(_ledger);
        using var device = new LedgerDevice(_transport, new LedgerOptions { PromptAfter = Timeout.InfiniteTimeSpan });
        _ledger.Prompted += _ledger.Confirm;
        await using (var session = (await device.OpenAsync(NoDeadline)).Session!)
        {
            Assert.IsType<DeviceOutcome.Signed>(await session.SignAsync(LedgerDevice.Key, Prevote(5), NoDeadline));
            var before = Node();
            _ledger.Quit();
            Assert.NotEqual((before.Name, before.Product), (Node().Name, Node().Product));
            var lost = Assert.IsType<DeviceOutcome.Lost>(await session.SignAsync(LedgerDevice.Key, Precommit(5), NoDeadline));
            Assert.EndsWith(Gone, lost.Reason, StringComparison.Ordinal);
        }

        Assert.Contains("no app is open on the device", (await device.OpenAsync(NoDeadline)).Error, StringComparison.Ordinal);
        _ledger.Open(LedgerProgram.Validator);
        DeviceOpening opening;
        // The first one is told that the dashboard has gone.
        do opening = await device.OpenAsync(NoDeadline);
        while (opening.Session is null && opening.Error!.EndsWith(Gone, StringComparison.Ordinal));
        await using var next = opening.Session!;
        Assert.IsType<DeviceOutcome.Signed>(await next.SignAsync(LedgerDevice.Key, Precommit(5), NoDeadline));

        HidrawNode Node() => Assert.Single(new HidrawBus(_bus.Classes, _bus.Nodes).Ledgers());
    }

    [HidrawFact]
    public async Task Each_of_two_devices_signs_with_its_own_key_and_one_goes_without_the_other()
    {
        const string Port = "usb-0000:00:14.0-9";
        var other = new SimulatedLedger(new SimulatedOptions { Seed = [.. Enumerable.Repeat((byte)3, 32)] });
        _bus.Plug(_ledger);
        _bus.Plug(other, Port);
        _ledger.Prompted += _ledger.Confirm;
        other.Prompted += other.Confirm;
        using var first = Transport(HidrawEmulation.Port);
        using var second = Transport(Port);
        await using var one = await OpenAsync(first, TimeSpan.FromMinutes(5));
        await using var two = await OpenAsync(second, TimeSpan.FromMinutes(5));
        Assert.NotEqual(one.PublicKey, two.PublicKey);
        for (var height = 1; height < 5; height++)
        {
            await SignsAsync(one, _ledger, Prevote(height));
            await SignsAsync(two, other, Prevote(height));
        }

        _ledger.Unplug();
        await SignsAsync(two, other, Precommit(4));
        Assert.IsType<LedgerOutcome.Lost>(await one.SignAsync(Precommit(4), NoDeadline));
        var missing = (await first.ExchangeAsync(GetVersion, NoDeadline)).Error;
        Assert.StartsWith($"no Ledger is at {HidrawEmulation.Port}; attached: {Port} (", missing, StringComparison.Ordinal);
    }

    private static async Task SignsAsync(LedgerSession session, SimulatedLedger ledger, SignBytes message)
    {
        Assert.IsType<LedgerOutcome.Signed>(await session.SignAsync(message, NoDeadline));
        Assert.Equal(message, new SignBytes(ledger.Signed[^1]));
    }

    private static Task Prompted(SimulatedLedger ledger)
    {
        var prompted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ledger.Prompted += () => prompted.TrySetResult();
        return prompted.Task;
    }

    /// <summary>Presses the button as soon as it is asked for.</summary>
    private static async Task ConfirmAsync(SimulatedLedger ledger)
    {
        var prompted = Prompted(ledger);
        if (ledger.Prompt is null) await prompted;
        ledger.Confirm();
    }

    private static async Task<LedgerOutcome> UntilSignedAsync(LedgerSession session, SignBytes message)
    {
        LedgerOutcome outcome;
        do outcome = await session.SignAsync(message, NoDeadline);
        while (outcome is LedgerOutcome.Waiting);
        return outcome;
    }

    private static async Task<LedgerSession> OpenAsync(HidTransport transport, TimeSpan promptAfter = default)
    {
        var opened = await LedgerSession.OpenAsync(transport, new LedgerOptions { PromptAfter = promptAfter }, NoDeadline);
        Assert.Null(opened.Failure);
        return opened.Response!;
    }

    private HidTransport Transport(string? path) => new(new HidrawDevice(new HidrawBus(_bus.Classes, _bus.Nodes), path));

    private async Task<byte[]> VersionAsync()
    {
        var reply = await _transport.ExchangeAsync(GetVersion, NoDeadline);
        Assert.Null(reply.Error);
        return reply.Response!.Data.ToArray();
    }
}
