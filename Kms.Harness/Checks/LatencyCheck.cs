using System.Diagnostics;
using System.Globalization;

namespace Kms.Harness.Checks;

/// <summary>Signs as a node does, height after height, and times every reply; then asks for what must be refused, and times the refusals.</summary>
internal static class LatencyCheck
{
    private const int Refusals = 200;
    private const int Recent = 1000;

    public static IEnumerable<Check> All { get; } =
    [
        new("latency", "Many signatures in a row", "every one valid; a node gives up after 5 s", SignAsync),
        new("latency.refusals", "Many refusals in a row", "an error for each: a node that replays old blocks asks by the hundred", RefuseAsync),
    ];

    private static async Task<Finding> SignAsync(HarnessSession session)
    {
        var total = session.Options.Messages;
        if (total == 0) return Finding.Skip("no messages asked for");
        var times = new List<double>(total);
        foreach (var message in session.Messages.Consensus().Take(total))
        {
            var reply = await TimeAsync(session, message, times);
            if (session.Examine(message, reply).UnlessSigned() is { } wrong) return Finding.Fail($"{message}, number {times.Count}: {wrong}");
            if (times.Count % Math.Max(1, total / 100) == 0)
                session.Report(new HarnessProgress.Measuring(times.Count, total, LatencyReport.Of(times[^Math.Min(Recent, times.Count)..])!));
        }

        session.Latency = LatencyReport.Of(times);
        return Finding.Pass(string.Create(CultureInfo.InvariantCulture,
            $"{session.Latency!.Count} signatures, median {session.Latency.P50:0.00} ms, 99 of 100 within {session.Latency.P99:0.00} ms"));
    }

    private static async Task<Finding> RefuseAsync(HarnessSession session)
    {
        if (session.Options.Messages == 0) return Finding.Skip("no messages asked for");
        var scene = session.Messages.NextScene();
        var first = scene.Precommit(scene.A);
        if ((await session.AskAsync(first)).UnlessSigned() is { } unsigned) return Finding.Fail($"{first}: {unsigned}");
        var old = scene.Below.Precommit(scene.B);
        var times = new List<double>(Refusals);
        while (times.Count < Refusals)
        {
            var reply = await TimeAsync(session, old, times);
            if (session.Examine(old, reply).UnlessRefused() is { } wrong) return Finding.Fail($"{old}, number {times.Count}: {wrong}");
        }

        session.Refusals = LatencyReport.Of(times);
        return Finding.Pass(string.Create(CultureInfo.InvariantCulture, $"{Refusals} refusals, median {session.Refusals!.P50:0.00} ms"));
    }

    private static async Task<SignerReply> TimeAsync(HarnessSession session, ConsensusMessage message, List<double> times)
    {
        var request = message.ToRequest();
        var start = Stopwatch.GetTimestamp();
        var reply = await session.Connection!.RequestAsync(request, session.Cancelled);
        times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        return reply;
    }
}
