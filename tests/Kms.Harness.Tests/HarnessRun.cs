using Kms.Core.Signing;

namespace Kms.Harness.Tests;

/// <summary>Runs the harness against a scripted signer.</summary>
internal static class HarnessRun
{
    public const string Chain = "test-chain-1";

    /// <summary>Generous waits, since nothing here should time out, and short silences, since nobody waits for them.</summary>
    public static HarnessOptions Options(HarnessEndpoint endpoint) => new(endpoint, Chain)
    {
        Messages = 60,
        Seed = 7,
        Timeout = TimeSpan.FromSeconds(30),
        AcceptTimeout = TimeSpan.FromSeconds(30),
        RedialTimeout = TimeSpan.FromSeconds(30),
        Silence = TimeSpan.FromMilliseconds(30),
        Downtime = TimeSpan.FromMilliseconds(50),
        SecondConnection = TimeSpan.FromMilliseconds(50),
    };

    public static Task<HarnessReport> WithAsync(Flaw flaw, bool extensions = true) =>
        WithAsync(flaw, options => options with { VoteExtensions = extensions });

    public static async Task<HarnessReport> WithAsync(
        Flaw flaw, Func<HarnessOptions, HarnessOptions> change, int connections = 1, long floor = 0, IProgress<HarnessProgress>? progress = null,
        KeyAlgorithm algorithm = KeyAlgorithm.Ed25519)
    {
        var directory = Directory.CreateTempSubdirectory("harness");
        try
        {
            var options = change(Options(new HarnessEndpoint.Unix(Path.Combine(directory.FullName, "node.sock"))));
            var rules = new ScriptedRules(Chain, flaw, options.VoteExtensions, algorithm)
            {
                Floor = floor, RawBytes = options.RawBytes ? options.Dialect.RawBytes : null,
            };
            await using var signer = new ScriptedSigner(options.Listen, rules, flaw, connections);
            return await HarnessRunner.RunAsync(options, progress, CancellationToken.None);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    /// <summary>A run for one dialect, without the latency run.</summary>
    public static Task<HarnessReport> InAsync(
        string dialect, bool extensions, bool raw, Flaw flaw = Flaw.None, KeyAlgorithm algorithm = KeyAlgorithm.Ed25519) =>
        WithAsync(flaw, options => options with
        {
            Dialect = Dialect.Find(dialect)!, VoteExtensions = extensions, RawBytes = raw, Messages = 0,
        }, algorithm: algorithm);

    public static string[] Failures(this HarnessReport report) =>
        [.. report.Results.Where(result => result.Outcome == CheckOutcome.Fail).Select(result => result.Check.Id)];

    public static CheckResult Result(this HarnessReport report, string id) => report.Results.Single(result => result.Check.Id == id);

    public static string Text(this HarnessReport report)
    {
        using var writer = new StringWriter();
        ReportText.Write(writer, report);
        return writer.ToString();
    }
}
