using System.Diagnostics;
using System.Globalization;
using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Hardware.Ledger;
using Kms.Harness;
using Kms.Host.Demo;
using Kms.Protocol.KeyEncoding;
using Kms.Testing;
using Kms.Testing.Ledger;
using Xunit.Abstractions;

namespace Kms.EndToEnd.Tests;

/// <summary>The real program with its key in a simulated Ledger, over TCP as Ledger's emulator speaks it. For another number of signatures:
/// KMS_LEDGER_MESSAGES.</summary>
public sealed class LedgerTests(ITestOutputHelper output) : EndToEndTest(output)
{
    private static readonly ChainId Evmos = new("evmos_9001-1");

    [Fact]
    public async Task The_configuration_of_the_evmos_guide_waits_for_its_node_and_for_the_button_and_then_signs()
    {
        var ledger = new SimulatedLedger();
        await using var way = LedgerTcp.Start(ledger);
        var node = Listen();
        node.Pause();
        var signer = await SignerFor([Pinned(node)], state: false);
        await File.WriteAllTextAsync(Home.Config, $"""
            [[validator]]
            chain_id = "{Evmos}"
            addr = "{Pinned(node)}"
            secret_key = "{Home.IdentityKey}"
            reconnect = true

            [[providers.ledger]]
            chain_ids = ["{Evmos}"]
            transport = "tcp://127.0.0.1:{way.Port}"
            """);
        var initialised = await RunAsync("state", "init", Evmos.ToString(), "-c", Home.Config);
        Assert.True(initialised.ExitCode == 0, initialised.Output);
        var check = await RunAsync("config", "check", "-c", Home.Config);
        Assert.True(check.ExitCode == 0, check.Output);

        await signer.StartAsync(CancellationToken.None);
        var key = KeyFormatter.Format(new PublicKey(KeyAlgorithm.Ed25519, ledger.PublicKey), new KeyFormat.Bech32("evmospub", "evmosvalconspub"));
        Assert.StartsWith("evmosvalconspub1zcjduepq", key, StringComparison.Ordinal);
        await LogsAsync(signer, $"[keyring:ledger:ledger] added validator key {key}");
        await LogsAsync(signer, "KMS node ID: ");
        await LogsAsync(signer, $"[{Evmos}@{Pinned(node)}] I/O error: Connection refused");
        Assert.Null(ledger.Prompt);
        Assert.Null(node.TryResume());
        await using (var connection = await AcceptAsync(node)) await ConfirmAsync(connection, ledger, signer);

        // The app goes on, but a new process has no memory of what it signed: the app's reason is the answer.
        signer.Send(SignerProcess.SigTerm);
        Assert.Equal(0, await signer.ExitAsync(Patience, CancellationToken.None));
        await signer.StartAsync(CancellationToken.None);
        await using var again = await AcceptAsync(node);
        Assert.Contains("its own double-sign rule allows only what is above", await RefusesAsync(again, At(2)), StringComparison.Ordinal);
        await SignsAsync(again, At(3));
        Assert.Equal(3, ledger.Signed.Length);
    }

    [Fact]
    public async Task A_thousand_signatures_through_every_fault_of_the_device_and_its_owner()
    {
        var messages = int.Parse(Environment.GetEnvironmentVariable("KMS_LEDGER_MESSAGES") ?? "1000", CultureInfo.InvariantCulture);
        var ledger = new SimulatedLedger();
        await using var way = LedgerTcp.Start(ledger);
        var denials = 0;
        var isAlone = false;
        ledger.Prompted += () =>
        {
            if (Volatile.Read(ref isAlone)) return;
            if (Interlocked.Decrement(ref denials) >= 0) ledger.Deny();
            else ledger.Confirm();
        };
        var node = Listen();
        var signer = await SignerWith(way, node);
        await signer.StartAsync(CancellationToken.None);
        await using var connection = await AcceptReadyAsync(node);
        var run = new Run(connection, new PublicKey(KeyAlgorithm.Ed25519, ledger.PublicKey));

        // Each with what ends it; null for what is over at once.
        (string Name, Action Begin, Action? End)[] faults =
        [
            ("connection dropped", way.DropConnections, null),
            ("answer lost", () => ledger.Faults.Spoil(AnswerFault.Lost), null),
            ("command lost", () => ledger.Faults.Spoil(AnswerFault.Ignored), null),
            ("answer cut off", () => ledger.Faults.Spoil(AnswerFault.Unfinished), null),
            ("answer damaged", () => ledger.Faults.Spoil(AnswerFault.Corrupt), null),
            ("denied three times", () => { Volatile.Write(ref denials, 3); ledger.Open(LedgerProgram.Validator); }, null),
            ("app opened anew", () => ledger.Open(LedgerProgram.Validator), null),
            ("nobody at the device", LeaveAlone, Confirm),
            ("connection dropped while it asks", LeaveAlone, () => { way.DropConnections(); Confirm(); }),
            ("locked", () => ledger.Lock(), ledger.Unlock),
            ("locked, and the app gone", () => ledger.Lock(endsApp: true), () => { ledger.Unlock(); ledger.Open(LedgerProgram.Validator); }),
            ("another app", () => ledger.Open(LedgerProgram.Wallet), () => ledger.Open(LedgerProgram.Validator)),
            ("unplugged", ledger.Unplug, () => ledger.Plug()),
        ];
        foreach (var (name, begin, end) in faults)
        {
            for (var i = 0; i < messages / faults.Length; i++) await run.SignsAsync();
            begin();
            if (end is not null)
            {
                await run.TriesAsync(TimeSpan.FromSeconds(2));
                end();
            }

            var ended = Stopwatch.GetTimestamp();
            await run.SignsAsync();
            Output.WriteLine($"{name}: signing {Stopwatch.GetElapsedTime(ended).TotalMilliseconds:0} ms after its end");
        }

        while (run.Signatures < messages) await run.SignsAsync();
        Output.WriteLine($"{run.Signatures} signatures, {run.Refusals} refusals, the longest answer took {run.Longest.TotalMilliseconds:0} ms");
        Assert.Empty(run.Ledger.Conflicts);
        Assert.Empty(run.Ledger.Warnings);
        Assert.True(run.Refusals > 0);
        Assert.Contains("device available again", signer.Text(), StringComparison.Ordinal);

        // Nothing but the very same bytes was ever signed twice, also not where nobody saw the signature.
        foreach (var position in ledger.Signed.Select(bytes => new SignBytes(bytes)).Distinct().GroupBy(Position)) Assert.Single(position);

        void LeaveAlone()
        {
            Volatile.Write(ref isAlone, true);
            ledger.Open(LedgerProgram.Validator);
        }

        void Confirm()
        {
            Volatile.Write(ref isAlone, false);
            ledger.Confirm();
        }
    }

    private static VoteMessage At(long height) => Vote(height, Step.Prevote, Ask.B) with { Chain = Evmos };

    // The node has its answer at once, whatever it asks, and the device one prompt.
    private static async Task ConfirmAsync(SignerConnection connection, SimulatedLedger ledger, SignerProcess signer)
    {
        const string Waiting = "waiting for confirmation on the Ledger at height 1 round 0";
        Assert.Contains(Waiting, await RefusesAsync(connection, At(1)), StringComparison.Ordinal);
        Assert.Contains(Waiting, await RefusesAsync(connection, At(1)), StringComparison.Ordinal);
        await LogsAsync(signer, $"[ledger] {Waiting}: its screen shows \"Init validation\"");
        Assert.NotNull(ledger.Prompt);
        Assert.Empty(ledger.Signed);
        ledger.Confirm();
        await LogsAsync(signer, "[ledger] height 1 round 0 was confirmed on the Ledger");

        // The signature that came late is given for the same bytes, however often they are asked for: the device was asked once.
        await SignsAsync(connection, At(1));
        await SignsAsync(connection, At(1));
        Assert.Single(ledger.Signed);
        await SignsAsync(connection, At(2));
        Assert.Equal(2, signer.Text().Split($"[ledger] {Waiting}").Length);
    }

    private static Hrs Position(SignBytes message)
    {
        Assert.Null(AppRules.Read(message, out var position));
        return position;
    }

    private async Task<SignerProcess> SignerWith(LedgerTcp way, NodeListener node)
    {
        var signer = await SignerFor([Pinned(node)]);
        var text = await File.ReadAllTextAsync(Home.Config);
        var from = text.IndexOf("[[providers.softsign]]", StringComparison.Ordinal);
        var to = text.IndexOf("[[validator]]", StringComparison.Ordinal);
        var section = $"[[providers.ledgertm]]\nchain_ids = [\"{Ask.Chain}\"]\ntransport = \"tcp://127.0.0.1:{way.Port}\"\n\n";
        await File.WriteAllTextAsync(Home.Config, $"{text[..from]}{section}{text[to..]}");
        return signer;
    }

    /// <summary>Votes at rising heights, each asked for a few times as a node does whose connection broke, and then given up: what the device has signed
    /// and nobody has seen it does not sign again.</summary>
    private sealed class Run(SignerConnection connection, PublicKey key)
    {
        private const int Tries = 3;
        private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

        private long _height = 1;

        public SignatureLedger Ledger { get; } = new();

        public int Signatures { get; private set; }

        public int Refusals { get; private set; }

        public TimeSpan Longest { get; private set; }

        /// <summary>Asks for votes until one is signed.</summary>
        public async Task SignsAsync()
        {
            var started = Stopwatch.GetTimestamp();
            while (!await TriesOneAsync()) Assert.True(Stopwatch.GetElapsedTime(started) < Patience, "nothing was signed");
        }

        /// <summary>Asks for votes for a while, signed or not.</summary>
        public async Task TriesAsync(TimeSpan duration)
        {
            var started = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(started) < duration) await TriesOneAsync();
        }

        private async Task<bool> TriesOneAsync()
        {
            var vote = Vote(++_height, Step.Prevote, Ask.A);
            for (var i = 0; i < Tries; i++)
            {
                if (await IsSignedAsync(vote)) return true;
                await Task.Delay(Pause);
            }

            return false;
        }

        private async Task<bool> IsSignedAsync(VoteMessage vote)
        {
            var started = Stopwatch.GetTimestamp();
            var reply = await SignAsync(connection, vote);
            var took = Stopwatch.GetElapsedTime(started);
            if (took > Longest) Longest = took;
            var finding = Ledger.Observe(key, vote, reply);
            Assert.Equal(reply is SignerReply.Signed, finding.Genuine);
            if (finding.Genuine) Signatures++;
            else Assert.IsType<SignerReply.Error>(reply);
            if (!finding.Genuine) Refusals++;
            return finding.Genuine;
        }
    }
}
