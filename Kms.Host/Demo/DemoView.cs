using System.Globalization;
using Kms.Harness;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Kms.Host.Demo;

/// <summary>Shows a demo: a live table on a terminal, a line for each step elsewhere.</summary>
internal abstract class DemoView : IProgress<HarnessProgress>, IProgress<DrillProgress>
{
    /// <summary>Runs with the view that fits stdout.</summary>
    public static Task<T> ShowAsync<T>(Func<DemoView, Task<T>> run)
    {
        if (Console.IsOutputRedirected) return run(new Lines());
        var table = new Table();
        return AnsiConsole.Live(table).StartAsync(context => run(new Live(table, context)));
    }

    /// <summary>A step begins.</summary>
    public abstract void Step(string what);

    /// <inheritdoc/>
    public abstract void Report(HarnessProgress value);

    /// <inheritdoc/>
    public abstract void Report(DrillProgress value);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed class Lines : DemoView
    {
        private int _kills, _quarter;

        public override void Step(string what) => Console.WriteLine(what);

        public override void Report(HarnessProgress value)
        {
            switch (value)
            {
                case HarnessProgress.CheckFinished { Result.Outcome: CheckOutcome.Fail } failed:
                    Console.WriteLine($"  FAIL {failed.Result.Check.Id}: {failed.Result.Detail}");
                    break;
                case HarnessProgress.Measuring { Done: var done, Total: var total, Recent: var recent } when 4L * done / total > _quarter:
                    _quarter = (int)(4L * done / total);
                    Console.WriteLine(Text($"  {done} of {total} signatures, median {recent.P50:0.00} ms, 99 of 100 within {recent.P99:0.00} ms"));
                    break;
            }
        }

        public override void Report(DrillProgress value)
        {
            if (value.Kills == _kills || value.LastResume is not { } resume) return;
            _kills = value.Kills;
            Console.WriteLine(Text(
                $"  kill {value.Kills} of {value.Total}: signing again after {resume.TotalSeconds:0.00} s, {value.Conflicts} conflicts"));
        }
    }

    private sealed class Live(Table table, LiveDisplayContext context) : DemoView
    {
        private readonly Dictionary<string, string> _rows = [];
        public override void Step(string what)
        {
            _rows["Now"] = what;
            Draw();
        }

        public override void Report(HarnessProgress value)
        {
            switch (value)
            {
                case HarnessProgress.CheckStarted started:
                    _rows["Checks"] = Text($"{started.Number} of {started.Total}: {started.Check.Title}");
                    break;
                case HarnessProgress.CheckFinished finished:
                    _rows["Checks"] = Text($"{finished.Number} of {finished.Total}");
                    if (finished.Result.Outcome == CheckOutcome.Fail) _rows[$"FAIL {finished.Result.Check.Id}"] = finished.Result.Detail;
                    break;
                case HarnessProgress.Measuring measuring:
                    _rows["Signatures"] = Text($"{measuring.Done} of {measuring.Total}");
                    _rows["Median"] = Text($"{measuring.Recent.P50:0.00} ms");
                    _rows["99 of 100 within"] = Text($"{measuring.Recent.P99:0.00} ms");
                    break;
            }

            Draw();
        }

        public override void Report(DrillProgress value)
        {
            _rows["Kills (SIGKILL)"] = Text($"{value.Kills} of {value.Total}");
            if (value.LastResume is { } resume) _rows["Signing again after"] = Text($"{resume.TotalSeconds:0.00} s");
            _rows["Signed around kills"] = Text($"{value.Signatures}; {value.Refusals} attacks refused");
            _rows["Lost watermarks"] = Text($"{value.LostWatermarks}");
            _rows["Conflicts"] = Text($"{value.Conflicts}");
            Draw();
        }

        private void Draw()
        {
            table.Rows.Clear();
            if (table.Columns.Count == 0) table.Border(TableBorder.Rounded).HideHeaders().AddColumns("what", "how many");
            foreach (var (what, much) in _rows) table.AddRow((IRenderable)new Text(what), new Text(much));
            context.Refresh();
        }
    }
}
