using Kms.Harness;
using Spectre.Console;

namespace Kms.Host.Cli;

/// <summary>Shows a harness run on stderr: a progress bar on a terminal, a few lines elsewhere.</summary>
internal static class HarnessProgressView
{
    public static async Task<HarnessReport> ShowAsync(Func<IProgress<HarnessProgress>, Task<HarnessReport>> run)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        if (Console.IsErrorRedirected) return await run(new Lines()).ConfigureAwait(false);
        return await console.Progress().AutoClear(true).HideCompleted(false)
            .StartAsync(context => run(new Bars(context))).ConfigureAwait(false);
    }

    private static string Where(HarnessProgress.Listening at) =>
        $"listening on {at.Endpoint}{Id(at)}; waiting for a signer";

    private static string Id(HarnessProgress.Listening at) => at.NodeId is not null ? $", node id {at.NodeId}" : at.PeerId is not null ? $", peer id {at.PeerId}" : "";

    // Not Progress<T>: steps must appear in order.
    private sealed class Lines : IProgress<HarnessProgress>
    {
        public void Report(HarnessProgress value)
        {
            switch (value)
            {
                case HarnessProgress.Listening listening: Console.Error.WriteLine(Where(listening)); break;
                case HarnessProgress.CheckFinished { Result.Outcome: CheckOutcome.Fail } failed:
                    Console.Error.WriteLine($"FAIL {failed.Result.Check.Id}: {failed.Result.Detail}");
                    break;
            }
        }
    }

    private sealed class Bars(ProgressContext context) : IProgress<HarnessProgress>
    {
        private readonly ProgressTask _checks = context.AddTask("starting");
        private ProgressTask? _signatures;

        public void Report(HarnessProgress value)
        {
            switch (value)
            {
                case HarnessProgress.Listening listening:
                    _checks.Description = Markup.Escape(Where(listening));
                    break;
                case HarnessProgress.CheckStarted started:
                    _checks.MaxValue = started.Total;
                    _checks.Value = started.Number - 1;
                    _checks.Description = Markup.Escape(started.Check.Title);
                    break;
                case HarnessProgress.CheckFinished finished:
                    _checks.Value = finished.Number;
                    break;
                case HarnessProgress.Measuring measuring:
                    _signatures ??= context.AddTask("signatures", maxValue: measuring.Total);
                    _signatures.Value = measuring.Done;
                    break;
            }
        }
    }
}
