using System.Globalization;
using Kms.Fuzz;
using Kms.Fuzz.Engine;

const string Usage = """
    usage: Kms.Fuzz --list                 the targets
           Kms.Fuzz --instrument           rewrite the product's assemblies beside this program to report branches
           Kms.Fuzz TARGET [--runs N] [--seconds S] [--seed K] [--corpus DIR]
                                           mutate inputs in this process; DIR keeps inputs that took new branches
           Kms.Fuzz TARGET --replay FILE   run one input
           Kms.Fuzz TARGET --seeds DIR     write the seeds, for afl-fuzz -i
           Kms.Fuzz TARGET --afl           run under afl-fuzz
    """;

switch (args)
{
    case ["--list"]:
        foreach (var each in FuzzTarget.All) Console.WriteLine(each.Name);
        return 0;
    case ["--instrument"]:
        Instrumentation.Apply(Console.Out);
        return 0;
    case [var name, .. var rest] when FuzzTarget.All.FirstOrDefault(each => each.Name == name) is { } target:
        return Run(target, rest);
    default:
        Console.Error.WriteLine(Usage);
        return 2;
}

static int Run(FuzzTarget target, string[] options)
{
    switch (options)
    {
        case ["--afl"]:
            SharpFuzz.Fuzzer.OutOfProcess.Run(stream => target.Check(ReadAll(stream)));
            return 0;
        case ["--replay", var file]:
            _ = new CoverageMap(); // Instrumented code needs one to report to.
            Console.WriteLine(target.Check(File.ReadAllBytes(file)) ? "accepted" : "refused");
            return 0;
        case ["--seeds", var folder]:
            _ = new CoverageMap();
            foreach (var seed in target.Seeds()) Corpus.Write(folder, "", seed);
            return 0;
        default:
            if (Parse(options) is { } campaign) return Report(target, Campaign.Run(target, campaign));
            Console.Error.WriteLine(Usage);
            return 2;
    }
}

static CampaignOptions? Parse(string[] options)
{
    var parsed = new CampaignOptions(long.MaxValue, null, Random.Shared.Next()) { Progress = result => Console.WriteLine(Figures(result)) };
    for (var i = 0; i < options.Length; i += 2)
    {
        if (i + 1 == options.Length) return null;
        var isNumber = long.TryParse(options[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var number);
        switch (options[i])
        {
            case "--runs" when isNumber: parsed = parsed with { Runs = number }; break;
            case "--seconds" when isNumber: parsed = parsed with { Time = TimeSpan.FromSeconds(number) }; break;
            case "--seed" when isNumber && number <= int.MaxValue: parsed = parsed with { Seed = (int)number }; break;
            case "--corpus": parsed = parsed with { Folder = options[i + 1] }; break;
            default: return null;
        }
    }

    Console.WriteLine($"seed {parsed.Seed}");
    return parsed;
}

static int Report(FuzzTarget target, CampaignResult result)
{
    Console.WriteLine(Figures(result));
    if (result.Finding is not { } finding) return 0;
    var path = Corpus.Write(Environment.CurrentDirectory, $"crash-{target.Name}-", finding.Input);
    Console.Error.WriteLine($"error: {finding.Problem}");
    Console.Error.WriteLine($"the input is in {path}; to run it again: Kms.Fuzz {target.Name} --replay {path}");
    return 1;
}

static string Figures(CampaignResult result) => string.Create(CultureInfo.InvariantCulture,
    $"{result.Executions} executions in {result.Elapsed.TotalSeconds:0} s ({result.Executions / result.Elapsed.TotalSeconds:0}/s), ")
    + string.Create(CultureInfo.InvariantCulture,
        $"corpus {result.Seeds} -> {result.Corpus}, {result.Branches} branches, slowest {result.Slowest.TotalMilliseconds:0.0} ms");

static byte[] ReadAll(Stream stream)
{
    using var copy = new MemoryStream();
    stream.CopyTo(copy);
    return copy.ToArray();
}
