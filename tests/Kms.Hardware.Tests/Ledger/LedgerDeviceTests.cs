using Kms.Core.Signing;
using Kms.Hardware.Ledger;
using Kms.Testing.Ledger;
using static Kms.Hardware.Tests.Ledger.LedgerMessages;
using LedgerOptions = Kms.Hardware.Ledger.LedgerOptions;
using SimulatedOptions = Kms.Testing.Ledger.LedgerOptions;

namespace Kms.Hardware.Tests.Ledger;

public sealed class LedgerDeviceTests
{
    private static readonly CancellationToken NoDeadline = CancellationToken.None;
    // Each with a memory of its own.
    private static LedgerOptions AtOnce => new() { PromptAfter = TimeSpan.Zero };

    [Fact]
    public async Task One_key_that_signs()
    {
        var ledger = new SimulatedLedger();
        using var device = new LedgerDevice(new SimulatedTransport(ledger), AtOnce);
        var opening = await device.OpenAsync(NoDeadline);
        await using var session = opening.Session!;
        var (id, key) = Assert.Single(session.Keys);
        Assert.Equal((LedgerDevice.Key, KeyAlgorithm.Ed25519), (id, key.Algorithm));

        // The node has its answer while the device waits; the session goes on.
        var waiting = Assert.IsType<DeviceOutcome.Refused>(await session.SignAsync(id, Prevote(5), NoDeadline));
        Assert.StartsWith("waiting for confirmation on the Ledger at height 5 round 0", waiting.Reason, StringComparison.Ordinal);
        ledger.Confirm();
        DeviceOutcome outcome;
        do outcome = await session.SignAsync(id, Prevote(5), NoDeadline);
        while (outcome is DeviceOutcome.Refused);
        Assert.IsType<DeviceOutcome.Signed>(outcome);

        Assert.IsType<DeviceOutcome.Refused>(await session.SignAsync(id, Prevote(4), NoDeadline));
        Assert.IsType<DeviceOutcome.Refused>(await session.SignAsync(new DeviceKeyId("0x0001"), Prevote(6), NoDeadline));
        Assert.Null(await session.KeepAliveAsync(NoDeadline));
        ledger.Unplug();
        Assert.IsType<DeviceOutcome.Lost>(await session.SignAsync(id, Prevote(6), NoDeadline));
    }

    [Fact]
    public async Task A_signature_is_given_again_in_a_later_session_without_asking_the_device()
    {
        var ledger = new SimulatedLedger();
        ledger.Prompted += ledger.Confirm;
        using var device = new LedgerDevice(new SimulatedTransport(ledger), new LedgerOptions { PromptAfter = Timeout.InfiniteTimeSpan });
        var outcomes = new List<DeviceOutcome>();
        for (var i = 0; i < 2; i++)
        {
            await using var session = (await device.OpenAsync(NoDeadline)).Session!;
            outcomes.Add(await session.SignAsync(LedgerDevice.Key, Prevote(5), NoDeadline));
        }

        Assert.IsType<DeviceOutcome.Signed>(outcomes[0]);
        Assert.Equal(outcomes[0], outcomes[1]);
        Assert.Single(ledger.Signed);
    }

    [Fact]
    public async Task A_question_that_an_earlier_session_left_on_the_screen_is_named()
    {
        var ledger = new SimulatedLedger();
        using var device = new LedgerDevice(new SimulatedTransport(ledger), AtOnce);
        await using (var session = (await device.OpenAsync(NoDeadline)).Session!)
            Assert.IsType<DeviceOutcome.Refused>(await session.SignAsync(LedgerDevice.Key, Prevote(5), NoDeadline));
        using var again = new LedgerDevice(new SimulatedTransport(ledger), AtOnce with { OpenLimit = TimeSpan.FromMilliseconds(50) });
        var opening = await again.OpenAsync(NoDeadline);
        Assert.Contains("if the device's screen shows \"Init validation\", accept or reject it", opening.Error, StringComparison.Ordinal);
        Assert.False(opening.NeedsOperator);
    }

    [Theory]
    [InlineData(LedgerProgram.Dashboard, "no app is open on the device: open the Tendermint app")]
    [InlineData(LedgerProgram.Wallet, "the app \"Cosmos\" is open on the device: open the Tendermint app")]
    public async Task Another_program_is_named(LedgerProgram program, string sentence)
    {
        var ledger = new SimulatedLedger();
        ledger.Open(program);
        var opening = await OpenAsync(ledger);
        Assert.Contains(sentence, opening.Error, StringComparison.Ordinal);
        Assert.False(opening.NeedsOperator);
    }

    [Theory]
    [InlineData(0x5515)]
    [InlineData(0x6804)]
    [InlineData(0x6982)]
    [InlineData(0x6B0C)]
    [InlineData(0x6E01)]
    public async Task Locked(int status)
    {
        var ledger = new SimulatedLedger(new SimulatedOptions { LockedStatus = (ushort)status });
        ledger.Lock();
        var opening = await OpenAsync(ledger);
        Assert.Contains("unlock it and open the Tendermint app", opening.Error, StringComparison.Ordinal);
        Assert.False(opening.NeedsOperator);
    }

    [Fact]
    public async Task An_old_app_must_be_replaced()
    {
        var opening = await OpenAsync(new SimulatedLedger(new SimulatedOptions { AppVersion = new Version(0, 8, 0) }));
        Assert.Equal("the Tendermint app on the device is version 0.8.0: install 0.9.0 or newer", opening.Error);
        Assert.True(opening.NeedsOperator);
    }

    [Fact]
    public async Task A_test_build_is_reported()
    {
        var notices = new List<LedgerNotice>();
        var ledger = new SimulatedLedger(new SimulatedOptions { IsTestBuild = true });
        using var device = new LedgerDevice(new SimulatedTransport(ledger), AtOnce with { Notify = notices.Add });
        Assert.NotNull((await device.OpenAsync(NoDeadline)).Session);
        Assert.Equal(LedgerNoticeKind.TestBuild, Assert.Single(notices).Kind);
    }

    [Fact]
    public async Task No_device()
    {
        var ledger = new SimulatedLedger();
        ledger.Unplug();
        Assert.Equal("no device", (await OpenAsync(ledger)).Error);
    }

    private static async Task<DeviceOpening> OpenAsync(SimulatedLedger ledger)
    {
        using var device = new LedgerDevice(new SimulatedTransport(ledger), AtOnce);
        var opening = await device.OpenAsync(NoDeadline);
        Assert.Null(opening.Session);
        return opening;
    }
}
