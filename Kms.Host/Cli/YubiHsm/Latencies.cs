using System.Globalization;

namespace Kms.Host.Cli.YubiHsm;

/// <summary>How long signatures took.</summary>
internal sealed class Latencies
{
    private readonly List<TimeSpan> _all = [];

    /// <summary>How many there are.</summary>
    public int Count => _all.Count;

    /// <summary>One more.</summary>
    public void Add(TimeSpan latency) => _all.Add(latency);

    /// <summary>The smallest that is not below a share of all of them (nearest rank).</summary>
    /// <param name="percent">1 to 100.</param>
    public TimeSpan Percentile(int percent) => _all.Order().ElementAt(((_all.Count * percent) + 99) / 100 - 1);

    /// <summary>A row for each figure; nothing but their number when there are none.</summary>
    public IEnumerable<(string Name, string Value)> Rows()
    {
        yield return ("signatures", Count.ToString(CultureInfo.InvariantCulture));
        if (Count == 0) yield break;
        yield return ("mean", Text(TimeSpan.FromTicks((long)_all.Average(latency => latency.Ticks))));
        yield return ("fastest", Text(_all.Min()));
        foreach (var percent in new[] { 50, 90, 99 }) yield return ($"p{percent}", Text(Percentile(percent)));
        yield return ("slowest", Text(_all.Max()));
    }

    private static string Text(TimeSpan latency) => string.Create(CultureInfo.InvariantCulture, $"{latency.TotalMilliseconds:0.0} ms");
}
