using System.Text.Json;

namespace Kms.Harness.Tests;

public class ReportTests
{
    [Fact]
    public async Task Json_has_stable_names()
    {
        var report = await HarnessRun.WithAsync(Flaw.SignsOtherProposal);
        using var stream = new MemoryStream();
        ReportJson.Write(stream, report);
        var json = JsonDocument.Parse(stream.ToArray()).RootElement;
        Assert.Equal(
            [
                "passed", "chain_id", "dialect", "endpoint", "signer_public_key", "seed", "start_height", "next_height", "counts", "checks", "latency",
                "refusal_latency", "warnings", "conflicts",
            ],
            json.EnumerateObject().Select(property => property.Name));
        Assert.False(json.GetProperty("passed").GetBoolean());
        Assert.Equal(report.Results.Count, json.GetProperty("checks").GetArrayLength());
        Assert.Equal("fail", json.GetProperty("checks").EnumerateArray().Single(check => check.GetProperty("id").GetString() == "conflict.proposal")
            .GetProperty("outcome").GetString());
        Assert.Equal(["count", "p50_ms", "p90_ms", "p99_ms", "max_ms", "per_second"],
            json.GetProperty("latency").EnumerateObject().Select(property => property.Name));
        Assert.Equal(1, json.GetProperty("conflicts").GetArrayLength());
    }

    [Fact]
    public async Task Text_tells_what_was_expected_of_a_failed_check()
    {
        var text = (await HarnessRun.WithAsync(Flaw.LongErrors)).Text();
        Assert.Contains("FAIL  chain.long", text, StringComparison.Ordinal);
        Assert.Contains("expected: an error of at most 10240 bytes", text, StringComparison.Ordinal);
        Assert.Contains("seed 7", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_ids_are_unique_and_every_check_is_reported_once()
    {
        var finished = new List<string>();
        var report = await HarnessRun.WithAsync(Flaw.WrongPublicKey, options => options, progress: new Finished(finished));
        Assert.Equal(report.Results.Select(result => result.Check.Id), finished);
        Assert.Equal(finished.Count, finished.Distinct().Count());
    }

    [Fact]
    public void Percentiles_are_nearest_ranks()
    {
        var latency = LatencyReport.Of([.. Enumerable.Range(1, 200).Select(i => (double)i).Reverse()])!;
        Assert.Equal((200, 100, 180, 198, 200), (latency.Count, latency.P50, latency.P90, latency.P99, latency.Max));
        Assert.Null(LatencyReport.Of([]));
        Assert.Equal(3, LatencyReport.Of([3])!.P50);
    }

    [Fact]
    public void A_text_from_the_signer_cannot_control_the_terminal()
    {
        var reply = new SignerReply.Error(1, "a\u001b[2Jb\nc" + new string('x', 5000), null);
        Assert.DoesNotContain(reply.ToString(), char.IsControl);
        Assert.InRange(reply.ToString().Length, 10, 300);
    }

    [Theory]
    [InlineData("", 1, 0)]
    [InlineData("c", 0, 0)]
    [InlineData("c", 1, -1)]
    [InlineData("c", 1, HarnessOptions.MaxMessages + 1)]
    public void Options_say_what_is_wrong_with_them(string chain, long startHeight, int messages)
    {
        var options = new HarnessOptions(HarnessOptions.Loopback, chain) { StartHeight = startHeight, Messages = messages };
        Assert.NotNull(options.Problem());
        Assert.Null(new HarnessOptions(HarnessOptions.Loopback, "c").Problem());
    }

    private sealed class Finished(List<string> ids) : IProgress<HarnessProgress>
    {
        public void Report(HarnessProgress value)
        {
            if (value is HarnessProgress.CheckFinished finished) ids.Add(finished.Result.Check.Id);
        }
    }
}
