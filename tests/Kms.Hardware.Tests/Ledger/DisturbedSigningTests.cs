using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Hardware.Ledger;
using Kms.Testing.Ledger;
using NSec.Cryptography;
using static Kms.Hardware.Tests.Ledger.LedgerMessages;
using LedgerOptions = Kms.Hardware.Ledger.LedgerOptions;

namespace Kms.Hardware.Tests.Ledger;

/// <summary>Signing over both ways while everything goes wrong. The seed is in the test's name.</summary>
public sealed class DisturbedSigningTests
{
    private const int Messages = 120;
    private const int Tries = 6;
    private static readonly TimeSpan Deadline = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Over_hid(int seed)
    {
        var ledger = new SimulatedLedger();
        using var bus = new LedgerHid(ledger);
        using var transport = new HidTransport(new SimulatedHid(bus));
        await SignAsync(ledger, transport, seed, () => bus.LeaveStale(Convert.FromHexString("00000901" + "9000")));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Over_tcp(int seed)
    {
        var ledger = new SimulatedLedger();
        await using var server = LedgerTcp.Start(ledger);
        Assert.True(TcpTransport.TryCreate($"tcp://127.0.0.1:{server.Port}", Patience, out var transport, out var error), error);
        using (transport) await SignAsync(ledger, transport!, seed, server.DropConnections);
    }

    private static async Task SignAsync(SimulatedLedger ledger, ILedgerTransport transport, int seed, Action disturbTheWay)
    {
        var host = new Host(ledger, transport, new Random(seed));
        var signed = 0;
        for (var i = 0; i < Messages; i++)
        {
            if (host.Random.Next(4) == 0) Disturb(ledger, host.Random, disturbTheWay);
            signed += await host.SignAsync(Message(i), Tries, Deadline) ? 1 : 0;
        }

        var next = Messages;
        foreach (var fault in Enum.GetValues<AnswerFault>())
        {
            ledger.Faults.Spoil(fault);
            await host.SignAsync(Message(next++), Tries, Deadline);
        }

        // Whatever was before: a device that is in order signs.
        var isSigned = false;
        using var patience = new CancellationTokenSource(Patience);
        while (!isSigned && !patience.IsCancellationRequested) isSigned = await host.SignAsync(Message(next++), Tries, 5 * Deadline);
        Assert.True(isSigned, host.Last);
        Assert.True(signed > 0);
        await host.DisposeAsync();

        // The device was opened anew in between, and knew nothing of what it had signed: all the same no position has two messages.
        foreach (var position in ledger.Signed.Select(bytes => new SignBytes(bytes)).Distinct().GroupBy(Position)) Assert.Single(position);
    }

    // Prevote and precommit of every height, in order.
    private static SignBytes Message(int index) => index % 2 == 0 ? Prevote(1 + index / 2) : Precommit(1 + index / 2);

    private static Hrs Position(SignBytes message)
    {
        Assert.Null(AppRules.Read(message, out var position));
        return position;
    }

    private static void Disturb(SimulatedLedger ledger, Random random, Action disturbTheWay)
    {
        var faults = Enum.GetValues<AnswerFault>();
        switch (random.Next(8))
        {
            case 0: ledger.Unplug(); break;
            case 1: ledger.Lock(random.Next(2) == 0); break;
            case 2: ledger.Quit(); break;
            case 3: ledger.Open(LedgerProgram.Wallet); break;
            case 4: ledger.Open(LedgerProgram.Validator); break;
            case 5: disturbTheWay(); break;
            default: ledger.Faults.Spoil(faults[random.Next(faults.Length)]); break;
        }
    }

    /// <summary>Asks as the device's actor does, and does what an operator would.</summary>
    private sealed class Host(SimulatedLedger ledger, ILedgerTransport transport, Random random) : IAsyncDisposable
    {
        private readonly LedgerOptions _options = new() { PromptAfter = TimeSpan.FromMilliseconds(20) };
        private LedgerSession? _session;

        public Random Random => random;

        /// <summary>What came last.</summary>
        public string Last { get; private set; } = "";

        public async Task<bool> SignAsync(SignBytes message, int tries, TimeSpan limit)
        {
            Last = message.ToString();
            for (var i = 0; i < tries; i++)
            {
                using var deadline = new CancellationTokenSource(limit);
                var outcome = await AskAsync(message, deadline.Token);
                Last = $"{Last}\n{outcome} ({string.Join(", ", ledger.Screen)})";
                switch (outcome)
                {
                    case LedgerOutcome.Signed signed:
                        AssertValid(message, signed.Signature);
                        return true;
                    case LedgerOutcome.Waiting when ledger.Prompt is null:
                        // Its answer is on the way, or was lost on the way.
                        await Task.Delay(Pause, CancellationToken.None);
                        if (i == tries - 1) Replug();
                        break;
                    case LedgerOutcome.Waiting when random.Next(4) == 0:
                        ledger.Deny();
                        break;
                    case LedgerOutcome.Waiting:
                        ledger.Confirm();
                        break;
                    case LedgerOutcome.Lost:
                        await DisposeAsync();
                        Mend();
                        break;
                }
            }

            return false;
        }

        private async ValueTask<LedgerOutcome> AskAsync(SignBytes message, CancellationToken deadline)
        {
            if (_session is not null) return await _session.SignAsync(message, deadline);
            var opened = await LedgerSession.OpenAsync(transport, _options, deadline);
            _session = opened.Response;
            return _session is null ? new LedgerOutcome.Lost(opened.Failure!.Reason) : await _session.SignAsync(message, deadline);
        }

        public async ValueTask DisposeAsync()
        {
            if (_session is { } session) await session.DisposeAsync();
            _session = null;
        }

        private void Mend()
        {
            if (!ledger.IsPlugged) ledger.Plug();
            if (ledger.IsLocked) ledger.Unlock();
            if (ledger.Program != LedgerProgram.Validator) ledger.Open(LedgerProgram.Validator);
            if (ledger.Prompt is not null) ledger.Deny();
        }

        private void Replug()
        {
            ledger.Unplug();
            ledger.Plug();
        }

        private void AssertValid(SignBytes message, Signature signature)
        {
            var key = NSec.Cryptography.PublicKey.Import(SignatureAlgorithm.Ed25519, ledger.PublicKey, KeyBlobFormat.RawPublicKey);
            Assert.True(SignatureAlgorithm.Ed25519.Verify(key, message.Span, signature.Span));
        }
    }
}
