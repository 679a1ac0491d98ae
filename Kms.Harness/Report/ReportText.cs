using System.Globalization;
using Kms.Protocol.KeyEncoding;

namespace Kms.Harness;

/// <summary>A report for people: one line per check, the failures in full, the numbers at the end.</summary>
public static class ReportText
{
    /// <summary>Writes <paramref name="report"/>.</summary>
    public static void Write(TextWriter writer, HarnessReport report)
    {
        writer.WriteLine($"Signer harness: chain {report.ChainId}, dialect {report.Dialect}, {report.Endpoint}");
        writer.WriteLine($"Signer key:     {(report.SignerKey is { } key ? $"{KeyFormatter.Name(key.Algorithm)} {key}" : "unknown")}");
        writer.WriteLine(report.NextHeight == report.StartHeight
            ? Line($"Heights:        none asked for, seed {report.Seed}")
            : Line($"Heights:        {report.StartHeight} to {report.NextHeight - 1}, seed {report.Seed}"));
        writer.WriteLine();
        WriteChecks(writer, report.Results);
        WriteLatency(writer, "signatures", report.Latency);
        WriteLatency(writer, "refusals", report.Refusals);
        foreach (var warning in report.Warnings) writer.WriteLine($"Warning: {warning}");
        if (report.Conflicts.Count > 0)
            writer.WriteLine(Line($"Pairs of signatures that must not both exist: {report.Conflicts.Count}. Two such votes cost stake."));
        writer.WriteLine(Verdict(report));
    }

    private static void WriteChecks(TextWriter writer, IReadOnlyList<CheckResult> results)
    {
        var width = results.Max(result => result.Check.Id.Length);
        string? unreached = null;
        foreach (var result in results)
        {
            // Checks that one failure kept from running share one line.
            if (result.Outcome == CheckOutcome.Skip && result.Detail == unreached) continue;
            unreached = result.Outcome == CheckOutcome.Skip ? result.Detail : null;
            var same = results.Count(other => other.Outcome == CheckOutcome.Skip && other.Detail == unreached);
            var id = same > 1 ? Line($"({same} checks)") : result.Check.Id;
            var text = result.Outcome == CheckOutcome.Pass ? result.Check.Title : result.Detail;
            writer.WriteLine($"  {Mark(result.Outcome)}  {id.PadRight(width)}  {text}");
            if (result.Outcome == CheckOutcome.Fail) writer.WriteLine($"        {"".PadRight(width)}expected: {result.Check.Expected}");
        }

        writer.WriteLine();
    }

    private static void WriteLatency(TextWriter writer, string what, LatencyReport? latency)
    {
        if (latency is null) return;
        writer.WriteLine(Line($"Latency of {latency.Count} {what}, ms"));
        writer.WriteLine(Line($"  {"p50",8}  {"p90",8}  {"p99",8}  {"max",8}  {"per s",8}"));
        writer.WriteLine(Line($"  {latency.P50,8:0.00}  {latency.P90,8:0.00}  {latency.P99,8:0.00}  {latency.Max,8:0.00}  {latency.PerSecond,8:0}"));
        writer.WriteLine();
    }

    private static string Verdict(HarnessReport report)
    {
        var (passed, failed, skipped) = (report.Count(CheckOutcome.Pass), report.Count(CheckOutcome.Fail), report.Count(CheckOutcome.Skip));
        return Line($"{(report.Passed ? "PASS" : "FAIL")}: {passed} passed, {failed} failed, {skipped} skipped");
    }

    private static string Mark(CheckOutcome outcome) => outcome switch
    {
        CheckOutcome.Pass => "pass",
        CheckOutcome.Fail => "FAIL",
        _ => "skip",
    };

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
