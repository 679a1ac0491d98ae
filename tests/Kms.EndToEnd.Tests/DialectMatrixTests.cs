using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Hardware.SoftSign;
using Kms.Harness;
using Kms.Host.Composition;
using Kms.Host.Demo;
using Kms.Protocol.KeyEncoding;
using Xunit.Abstractions;

namespace Kms.EndToEnd.Tests;

/// <summary>Every dialect with each kind of key, without and with vote extensions, without and with raw bytes: one signer that is told of none
/// of this but the raw bytes, and for each chain a node that goes through its settings one after the other. docs/compatibility.md shows the
/// rows.</summary>
public sealed class DialectMatrixTests(ITestOutputHelper output) : EndToEndTest(output)
{
    private static readonly KeyAlgorithm[] Algorithms = [KeyAlgorithm.Ed25519, KeyAlgorithm.Secp256k1];

    /// <summary>A chain: its id, its key, its nodes' dialect, and whether the signer signs raw bytes for it.</summary>
    private sealed record Setting(string Chain, KeyAlgorithm Algorithm, Dialect Dialect, bool RawBytes, NodeListener Node);

    [Fact]
    public async Task Every_dialect_is_spoken_with_every_key_and_setting()
    {
        var settings = Settings().ToArray();
        Assert.Equal(20, settings.Length);
        await ConfigureAsync(settings);
        var signer = Own(new SignerProcess(Program, ["start", "-v", "-c", Home.Config], Home.Log));
        await signer.StartAsync(CancellationToken.None);
        var rows = (await Task.WhenAll(settings.Select(CheckAsync))).SelectMany(row => row).ToArray();
        foreach (var (row, report) in rows) Write(row, report);
        Assert.Equal(36, rows.Length);
        Assert.All(rows, row =>
        {
            Assert.True(row.Report.Passed, row.Row);
            Assert.Empty(row.Report.Warnings);
        });
    }

    private IEnumerable<Setting> Settings() =>
        from algorithm in Algorithms
        from dialect in Dialect.All
        from raw in dialect.RawBytes is null ? new[] { false } : [false, true]
        select new Setting($"{dialect}-{KeyFormatter.Name(algorithm)}{(raw ? "-raw" : "")}", algorithm, dialect, raw, Listen());

    private async Task ConfigureAsync(Setting[] settings)
    {
        var chains = settings.Select(setting => $$"""
            [[chain]]
            id = "{{setting.Chain}}"
            key_format = { type = "hex" }
            {{(setting.RawBytes ? $"sign_raw_bytes = \"{(setting.Dialect.RawBytes == RawBytesKind.Celestia ? "celestia" : "cometbft")}\"" : "")}}

            [[validator]]
            chain_id = "{{setting.Chain}}"
            addr = "{{Pinned(setting.Node)}}"
            secret_key = "{{Home.IdentityKey}}"

            """);
        await File.WriteAllTextAsync(Home.Config, string.Join('\n', chains.Concat(Algorithms.Select(algorithm => $"""
            [[providers.softsign]]
            chain_ids = [{string.Join(", ", settings.Where(setting => setting.Algorithm == algorithm).Select(setting => $"\"{setting.Chain}\""))}]
            algorithm = "{KeyFormatter.Name(algorithm)}"
            path = "{KeyOf(algorithm)}"

            """))));
        foreach (var setting in settings)
        {
            await using var chain = OfflineChain.Open(Home.Config, null, new ChainId(setting.Chain), out var problems);
            Assert.True(chain is not null, string.Join("; ", problems));
            Assert.Null((await chain.InitialiseAsync(Hrs.EndOf(new Height(0)), "a new key"))?.Error);
        }
    }

    private string KeyOf(KeyAlgorithm algorithm)
    {
        if (algorithm == KeyAlgorithm.Ed25519) return Home.ConsensusKey;
        var path = Path.Combine(Home.Directory, "secrets", "secp256k1.key");
        Assert.True(KeyFiles.Generate(path, algorithm, out _, out var error), error);
        return path;
    }

    /// <summary>The chain's rows: without vote extensions, and with them from the next height on.</summary>
    private static async Task<List<(string Row, HarnessReport Report)>> CheckAsync(Setting setting)
    {
        var rows = new List<(string, HarnessReport)>();
        await using (var connection = await AcceptAsync(setting.Node)) await ReadyAsync(connection, new ChainId(setting.Chain));
        var height = 2L;
        foreach (var extensions in setting.Dialect.ExtensionSignatures > 0 ? new[] { false, true } : [false])
        {
            var options = new HarnessOptions(setting.Node.Endpoint, setting.Chain)
            {
                Dialect = setting.Dialect, VoteExtensions = extensions, RawBytes = setting.RawBytes, StartHeight = height, Messages = 10,
                Timeout = Patience, AcceptTimeout = Patience, RedialTimeout = Patience,
                Silence = TimeSpan.FromMilliseconds(50), Downtime = TimeSpan.FromMilliseconds(50), SecondConnection = TimeSpan.FromMilliseconds(50),
            };
            var report = await HarnessRunner.RunAsync(options, setting.Node, null, CancellationToken.None);
            rows.Add(($"{setting.Chain}, vote extensions {(extensions ? "on" : "off")}", report));
            Promised(setting, extensions, report);
            height = report.NextHeight;
        }

        return rows;
    }

    // What the harness lets pass in other signers, this one does better.
    private static void Promised(Setting setting, bool extensions, HarnessReport report)
    {
        if (!report.Passed) return;
        Assert.Equal(setting.Algorithm, report.SignerKey!.Algorithm);
        Assert.Equal(setting.Dialect.IsV1 ? "signed without an extension signature" : null, Pass("extension.skipped"));
        Assert.Equal("refused every time, then signed a vote", Pass("raw.vote"));
        Assert.Equal(setting.Dialect.RawBytes is not null, Pass("raw.sign") is not null);
        Assert.Equal(extensions && setting.Dialect.ExtensionSignatures == 2, Pass("extension.non-rp-vote") is not null);
        Assert.Equal(extensions, Pass("extension.changed") is not null);

        string? Pass(string id) => report.Results.Single(result => result.Check.Id == id) is { Outcome: CheckOutcome.Pass, Detail: var detail } ? detail : null;
    }

    /// <summary>Waits until the chain's journal was read.</summary>
    private static Task ReadyAsync(SignerConnection connection, ChainId chain) => SignsAsync(connection, First with { Chain = chain });

    private void Write(string row, HarnessReport report)
    {
        using var text = new StringWriter();
        if (!report.Passed) ReportText.Write(text, report);
        Output.WriteLine($"{(report.Passed ? "pass" : "FAIL")}  {row}: {report.Count(CheckOutcome.Pass)} checks passed\n{text}");
    }
}
