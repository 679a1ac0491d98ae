using System.Diagnostics;
using System.Globalization;

namespace Kms.Harness.Checks;

/// <summary>Signs as a node does, height after height, and times every reply.</summary>
internal static class LatencyCheck
{
    private const int Recent = 1000;

    public static Check Check { get; } = new("latency", "Many signatures in a row", "every one valid; a node gives up after 5 s", RunAsync);

    private static async Task<Finding> RunAsync(HarnessSession session)
    {
        var total = session.Options.Messages;
        if (total == 0) return Finding.Skip("no messages asked for");
        var times = new List<double>(total);
        foreach (var message in session.Messages.Consensus().Take(total))
        {
            var request = message.ToRequest();
            var start = Stopwatch.GetTimestamp();
            var reply = await session.Connection!.RequestAsync(request, session.Cancelled);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            if (session.Examine(message, reply).UnlessSigned() is { } wrong) return Finding.Fail($"{message}, number {times.Count}: {wrong}");
            if (times.Count % Math.Max(1, total / 100) == 0) 
                session.Report(new HarnessProgress.Measuring(times.Count, total, LatencyReport.Of(times[^Math.Min(Recent, times.Count)..])!));
        }

        session.Latency = LatencyReport.Of(times);
        return Finding.Pass(string.Create(CultureInfo.InvariantCulture,
            $"{session.Latency!.Count} signatures, median {session.Latency.P50:0.00} ms, 99 of 100 within {session.Latency.P99:0.00} ms"));
    }
}
