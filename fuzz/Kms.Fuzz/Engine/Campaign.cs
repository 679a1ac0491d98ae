using System.Diagnostics;

namespace Kms.Fuzz.Engine;

/// <summary>How long to try.</summary>
/// <param name="Runs">Most executions of mutated inputs.</param>
/// <param name="Time">Longest time; null for no limit.</param>
/// <param name="Seed">Of the random numbers.</param>
internal sealed record CampaignOptions(long Runs, TimeSpan? Time, int Seed)
{
    /// <summary>Inputs to begin with besides the seeds, and where inputs go that took new branches; null for none.</summary>
    public string? Folder { get; init; }

    /// <summary>Called now and then; null for no progress.</summary>
    public Action<CampaignResult>? Progress { get; init; }
}

/// <summary>An input that broke a property.</summary>
internal sealed record Finding(byte[] Input, Exception Problem);

/// <summary>How a campaign went.</summary>
/// <param name="Executions">Inputs tried, seeds included.</param>
/// <param name="Elapsed">Time it took.</param>
/// <param name="Seeds">Inputs at the beginning.</param>
/// <param name="Corpus">Inputs at the end: those that took new branches were added.</param>
/// <param name="Branches">Branches taken; 0 when nothing is instrumented.</param>
/// <param name="Slowest">The longest run of one input.</param>
/// <param name="Finding">What ended the campaign early; null when nothing was found.</param>
internal sealed record CampaignResult(
    long Executions, TimeSpan Elapsed, int Seeds, int Corpus, int Branches, TimeSpan Slowest, Finding? Finding);

/// <summary>Tries mutated inputs in this process, guided by coverage where the product is instrumented.</summary>
internal sealed class Campaign
{
    private const int ProgressEvery = 1 << 16;

    private readonly FuzzTarget _target;
    private readonly CampaignOptions _options;
    private readonly CoverageMap _coverage = new();
    private readonly List<byte[]> _corpus;
    private readonly int _seeds;
    private readonly Stopwatch _clock = new();
    private long _executions;
    private TimeSpan _slowest;

    private Campaign(FuzzTarget target, CampaignOptions options)
    {
        (_target, _options) = (target, options);
        _corpus = [.. target.Seeds(), .. options.Folder is null ? [] : Corpus.Read(options.Folder)];
        if (_corpus.Count == 0) _corpus.Add([]);
        _seeds = _corpus.Count;
    }

    /// <summary>Runs a campaign to its end or to the first finding.</summary>
    public static CampaignResult Run(FuzzTarget target, CampaignOptions options)
    {
        var campaign = new Campaign(target, options);
        return campaign.Result(campaign.Search());
    }

    private Finding? Search()
    {
        _clock.Start();
        foreach (var seed in _corpus)
        {
            if (Try(seed) is { } finding) return finding;
            _coverage.Merge();
        }

        var random = new Random(_options.Seed);
        var mutator = new Mutator(random, _target.MaxInput);
        for (var run = 0L; run < _options.Runs && (_options.Time is not { } time || _clock.Elapsed < time); run++)
        {
            var input = mutator.Next(Parent(random), _corpus[random.Next(_corpus.Count)]);
            if (Try(input) is { } finding) return finding;
            if (_coverage.Merge()) Keep(input);
            if (_executions % ProgressEvery == 0) _options.Progress?.Invoke(Result(null));
        }

        return null;
    }

    // The newest inputs have been tried least.
    private byte[] Parent(Random random) =>
        _corpus[random.Next(3) == 0 ? random.Next(_corpus.Count * 7 / 8, _corpus.Count) : random.Next(_corpus.Count)];

    private Finding? Try(ReadOnlySpan<byte> input)
    {
        _coverage.Reset();
        var start = _clock.Elapsed;
        try
        {
            _target.Check(input);
        }
        catch (Exception e)
        {
            return new Finding(input.ToArray(), e);
        }

        _executions++;
        var took = _clock.Elapsed - start;
        if (took > _slowest) _slowest = took;
        return null;
    }

    private void Keep(ReadOnlySpan<byte> input)
    {
        _corpus.Add(input.ToArray());
        if (_options.Folder is not null) Corpus.Write(_options.Folder, "", input);
    }

    private CampaignResult Result(Finding? finding) =>
        new(_executions, _clock.Elapsed, _seeds, _corpus.Count, _coverage.Branches, _slowest, finding);
}
