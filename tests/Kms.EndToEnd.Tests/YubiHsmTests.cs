using System.Diagnostics;
using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Harness;
using Kms.Host.Demo;
using Kms.Testing;
using Kms.Testing.YubiHsm;
using Xunit.Abstractions;

namespace Kms.EndToEnd.Tests;

/// <summary>The real program with its key in a simulated YubiHSM, over HTTP.</summary>
public sealed class YubiHsmTests(ITestOutputHelper output) : EndToEndTest(output)
{
    private const int Messages = 1000;

    private static readonly byte[] Seed = [.. Enumerable.Repeat((byte)5, 32)];

    [Fact]
    public async Task With_a_yubihsm_the_whole_harness_passes()
    {
        var device = DeviceWithKey();
        await using var connector = YubiHsmConnector.Start(device);
        var node = Listen();
        var signer = await SignerWith([connector], node);
        await signer.StartAsync(CancellationToken.None);
        await using (await AcceptReadyAsync(node)) { }
        await LogsAsync(signer, "[keyring:yubihsm] added consensus Ed25519 key: ");
        var check = await RunAsync("config", "check", "-c", Home.Config);
        Assert.Contains("note: ", check.Output, StringComparison.Ordinal);
        Assert.Contains("not opened: the signer that runs on this journal has the device", check.Output, StringComparison.Ordinal);
        Assert.Equal(0, check.ExitCode);

        var report = await Checks.RunAsync(node, Output, extensions: true);
        Assert.True(report.Passed);

        signer.Send(SignerProcess.SigTerm);
        Assert.Equal(0, await signer.ExitAsync(Patience, CancellationToken.None));
        Assert.Equal(0, device.Sessions);
        Assert.DoesNotContain("not opened", (await RunAsync("config", "check", "-c", Home.Config)).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_thousand_signatures_through_every_fault_of_the_device()
    {
        var device = DeviceWithKey();
        await using var connector = YubiHsmConnector.Start(device);
        var node = Listen();
        var signer = await SignerWith([connector], node);
        await signer.StartAsync(CancellationToken.None);
        await using var connection = await AcceptReadyAsync(node);
        var run = new Run(connection, await KeyAsync(connection));

        // Each with what ends it; null for what is over at once.
        (string Name, Func<Task> Begin, Func<Task>? End)[] faults =
        [
            ("sessions closed", Do(device.Faults.CloseSessions), null),
            ("wrong MAC", Do(() => device.Faults.Spoil(ResponseFault.WrongMac)), null),
            ("truncated frame", Do(() => device.Faults.Spoil(ResponseFault.Truncated)), null),
            ("response lost", Do(() => device.Faults.Spoil(ResponseFault.Lost)), null),
            ("three responses lost", Do(() => { for (var i = 0; i < 3; i++) device.Faults.Spoil(ResponseFault.Lost); }), null),
            ("power cycle", Do(device.Faults.PowerCycle), null),
            ("storage full", Do(() => device.Faults.StorageFull = true), Do(() => device.Faults.StorageFull = false)),
            ("no free session", Do(() => { device.Faults.SessionsFull = true; device.Faults.CloseSessions(); }), Do(() => device.Faults.SessionsFull = false)),
            ("slow", Do(() => device.Faults.Delay = TimeSpan.FromSeconds(1.5)), Do(() => device.Faults.Delay = TimeSpan.Zero)),
            ("unplugged", Do(device.Faults.Unplug), Do(device.Faults.Plug)),
            ("connector stopped", connector.StopAsync, Do(connector.Start)),
        ];
        foreach (var (name, begin, end) in faults)
        {
            for (var i = 0; i < Messages / faults.Length; i++) await run.SignsAsync();
            await begin();
            if (end is not null)
            {
                await run.TriesAsync(TimeSpan.FromSeconds(2));
                await end();
            }

            var ended = Stopwatch.GetTimestamp();
            await run.SignsAsync();
            Output.WriteLine($"{name}: signing {Stopwatch.GetElapsedTime(ended).TotalMilliseconds:0} ms after its end");
            Assert.True(Stopwatch.GetElapsedTime(ended) < Patience, name);
        }

        while (run.Signatures < Messages) await run.SignsAsync();
        Output.WriteLine($"{run.Signatures} signatures, {run.Refusals} refusals, {device.Signatures} signatures by the device");
        Assert.Empty(run.Ledger.Conflicts);
        Assert.Empty(run.Ledger.Warnings);
        Assert.True(run.Refusals > 0);
        Assert.Contains("device available again", signer.Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_devices_sign_for_one_chain_and_one_of_them_is_enough_at_the_start()
    {
        var (one, two) = (DeviceWithKey(), DeviceWithKey());
        await using var first = YubiHsmConnector.Start(one);
        await using var second = YubiHsmConnector.Start(two);
        one.Faults.Unplug();
        var node = Listen();
        var signer = await SignerWith([first, second], node);
        await signer.StartAsync(CancellationToken.None);
        await using var connection = await AcceptReadyAsync(node);
        await LogsAsync(signer, "until then its chains have the other device alone");
        var run = new Run(connection, await KeyAsync(connection));
        for (var i = 0; i < 10; i++) await run.SignsAsync();

        one.Faults.Plug();
        await LogsAsync(signer, $"[yubihsm 127.0.0.1:{first.Port}] device available again");
        two.Faults.Unplug();
        for (var i = 0; i < 10; i++) await run.SignsAsync();
        Assert.True(one.Signatures >= 10);

        two.Faults.Plug();
        await first.StopAsync();
        for (var i = 0; i < 10; i++) await run.SignsAsync();
        Assert.Empty(run.Ledger.Conflicts);
    }

    private static YubiHsmDevice DeviceWithKey()
    {
        var device = new YubiHsmDevice();
        HostSession.Open(device).PutKey(1, Seed);
        device.Faults.CloseSessions();
        return device;
    }

    private static Func<Task> Do(Action action) => () =>
    {
        action();
        return Task.CompletedTask;
    };

    private static async Task<PublicKey> KeyAsync(SignerConnection connection)
    {
        var answer = Assert.IsType<SignerReply.PublicKey>(await connection.GetPublicKeyAsync(Ask.Chain, CancellationToken.None));
        return new PublicKey(KeyAlgorithm.Ed25519, answer.Bytes.Span);
    }

    private async Task<SignerProcess> SignerWith(IReadOnlyList<YubiHsmConnector> connectors, NodeListener node)
    {
        var signer = await SignerFor([Pinned(node)]);
        var text = await File.ReadAllTextAsync(Home.Config);
        var from = text.IndexOf("[[providers.softsign]]", StringComparison.Ordinal);
        var to = text.IndexOf("[[validator]]", StringComparison.Ordinal);
        var sections = connectors.Select(connector => $$"""
            [[providers.yubihsm]]
            adapter = { type = "http", addr = "{{connector.Address}}" }
            auth = { key = 1, password = "password" }
            keys = [{ chain_ids = ["{{Ask.Chain}}"], key = 1 }]

            """);
        await File.WriteAllTextAsync(Home.Config, $"{text[..from]}{string.Concat(sections)}\n{text[to..]}");
        return signer;
    }

    /// <summary>One vote after the other at rising heights, each asked for until it is signed.</summary>
    private sealed class Run(SignerConnection connection, PublicKey key)
    {
        private long _height = 1;

        public SignatureLedger Ledger { get; } = new();

        public int Signatures { get; private set; }

        public int Refusals { get; private set; }

        /// <summary>Asks for a vote until it is signed.</summary>
        public async Task SignsAsync()
        {
            var vote = Vote(++_height, Step.Prevote, Ask.A);
            var started = Stopwatch.GetTimestamp();
            while (!await IsSignedAsync(vote))
            {
                Assert.True(Stopwatch.GetElapsedTime(started) < Patience, $"{vote} was never signed");
                await Task.Delay(10);
            }
        }

        /// <summary>Asks for votes for a while, signed or not.</summary>
        public async Task TriesAsync(TimeSpan duration)
        {
            var started = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(started) < duration)
            {
                var vote = Vote(++_height, Step.Prevote, Ask.A);
                if (!await IsSignedAsync(vote)) await Task.Delay(50);
            }
        }

        private async Task<bool> IsSignedAsync(VoteMessage vote)
        {
            var reply = await SignAsync(connection, vote);
            var finding = Ledger.Observe(key, vote, reply);
            Assert.Equal(reply is SignerReply.Signed, finding.Genuine);
            if (finding.Genuine) Signatures++;
            else Assert.IsType<SignerReply.Error>(reply);
            if (!finding.Genuine) Refusals++;
            return finding.Genuine;
        }
    }
}
