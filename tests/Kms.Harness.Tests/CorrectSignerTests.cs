using Xunit.Abstractions;

namespace Kms.Harness.Tests;

public class CorrectSignerTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_correct_signer_passes_every_check()
    {
        var report = await HarnessRun.WithAsync(Flaw.None);
        output.WriteLine(report.Text());
        Assert.Empty(report.Failures());
        Assert.True(report.Passed);
        Assert.Equal(60, report.Latency!.Count);
        var skipped = report.Results.Where(result => result.Outcome == CheckOutcome.Skip).Select(result => result.Check.Id);
        Assert.Equal(["two-nodes", "hostile.handshake"], skipped);
    }
}
