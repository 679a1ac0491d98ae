using System.Globalization;
using Kms.Harness;

namespace Kms.Host.Demo;

/// <summary>Says what a demo has shown, in sentences for somebody who sees it for the first time.</summary>
internal static class DemoVerdict
{
    /// <summary>Writes the verdict.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="result">What was found.</param>
    /// <param name="kept">The home when it stays, or null.</param>
    public static void Write(TextWriter writer, DemoResult result, SignerHome? kept)
    {
        writer.WriteLine();
        if (result.Problem is { } problem) writer.WriteLine($"The demo could not go on: {problem}.");
        if (result.Harness is { } checks) WriteChecks(writer, checks);
        if (result.Drill is { } drill) WriteDrill(writer, drill);
        writer.WriteLine();
        writer.WriteLine(result.Passed
            ? Text($"PASS: {result.Positions} positions signed, and no two signatures that must not both exist.")
            : "FAIL: this build must not be trusted with a key.");
        if (kept is not null) writer.WriteLine($"Configuration, keys, journal and the signer's log are in {kept.Directory} (log: {kept.Log}).");
    }

    private static void WriteChecks(TextWriter writer, HarnessReport report)
    {
        if (!report.Passed)
        {
            ReportText.Write(writer, report);
            return;
        }

        writer.WriteLine(Text($"The node's side was played against a real signer process, over TCP with SecretConnection (seed {report.Seed})."));
        writer.WriteLine(Text($"""
            * {report.Count(CheckOutcome.Pass)} checks passed: every kind of double sign was asked for and refused; broken frames, hang-ups
              and restarts of the node were survived; everything that had to be signed was signed.
            """));
        if (report.Latency is not { } latency) return;
        writer.WriteLine(Text($"""
            * {latency.Count} signatures, one after the other, each on disk before it was given away: median {latency.P50:0.00} ms,
              99 of 100 within {latency.P99:0.00} ms, {latency.PerSecond:0} a second. A node waits 5 s.
            """));
    }

    private static void WriteDrill(TextWriter writer, DrillReport report)
    {
        if (!report.Passed)
        {
            writer.WriteLine(report);
            return;
        }

        if (report.Kills == 0) return;
        writer.WriteLine(Text($"""
            * The signer was killed with SIGKILL while it signed: {Times(report.Kills)}, {report.Interrupted} of them before its reply was out.
              It came back and signed again {Seconds(report.MedianResume)} after its start (median; {Seconds(report.MaxResume)} at most).
              Asked to contradict what it had signed before the crash, it refused every time ({report.Refusals} refusals).
            """));
    }

    private static string Seconds(TimeSpan time) => Text($"{time.TotalSeconds:0.00} s");

    private static string Times(int count) => count == 1 ? "once" : Text($"{count} times");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
