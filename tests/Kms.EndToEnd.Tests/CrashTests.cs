using System.Globalization;
using Kms.Harness;
using Kms.Testing;
using Xunit.Abstractions;

namespace Kms.EndToEnd.Tests;

/// <summary>SIGKILL in the middle of signing. For a long campaign by hand: KMS_KILLS=200, and KMS_SEED to repeat one.</summary>
public sealed class CrashTests(ITestOutputHelper output) : EndToEndTest(output)
{
    [Fact]
    public async Task Killed_in_the_middle_of_signing_it_comes_back_and_contradicts_nothing()
    {
        var options = new DrillOptions(Ask.Chain.ToString(), Number("KMS_KILLS") ?? 15) { Seed = Number("KMS_SEED") ?? Random.Shared.Next() };
        Output.WriteLine($"seed {options.Seed}");
        var node = Listen();
        var ledger = new SignatureLedger();

        var report = await CrashDrill.RunAsync(options, node, ledger, await SignerFor([Pinned(node)]), null, CancellationToken.None);

        Output.WriteLine(report.ToString());
        Output.WriteLine(string.Join(' ', report.Resumes.Select(time => time.TotalSeconds.ToString("0.00", CultureInfo.InvariantCulture))));
        Assert.Empty(report.Conflicts);
        Assert.Empty(report.LostWatermarks);
        Assert.Empty(report.Problems);
        Assert.Empty(ledger.Warnings);
        Assert.Equal(options.Kills, report.Resumes.Count);
        Assert.True(report.Passed);
    }

    private static int? Number(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}
