using Kms.Harness;
using Kms.Testing;
using Xunit.Abstractions;

namespace Kms.EndToEnd.Tests;

/// <summary>Every check of the harness against the real program, garbage and broken frames among them, over TCP.</summary>
public sealed class TcpHarnessTests(ITestOutputHelper output) : EndToEndTest(output)
{
    [Fact]
    public async Task Over_tcp_with_a_pinned_peer_id_the_whole_harness_passes()
    {
        var node = Listen();
        var signer = await SignerFor([Pinned(node)]);
        await signer.StartAsync(CancellationToken.None);
        await using (await AcceptReadyAsync(node)) { }
        var report = await Checks.RunAsync(node, Output, extensions: true);
        Assert.True(report.Passed);
        Assert.Equal(CheckOutcome.Pass, report.Results.Single(r => r.Check.Id == "hostile.handshake").Outcome);
        Assert.Equal(CheckOutcome.Pass, report.Results.Single(r => r.Check.Id == "basics.extension").Outcome);
        Assert.DoesNotContain("peer ID", signer.Text(), StringComparison.Ordinal);
    }
}

/// <summary>The same over a Unix socket, with two connections, as a validator and its standby would have.</summary>
public sealed class UnixHarnessTests(ITestOutputHelper output) : EndToEndTest(output)
{
    [Fact]
    public async Task Over_a_unix_socket_with_two_connections_the_whole_harness_passes()
    {
        var node = Listen(new HarnessEndpoint.Unix(Path.Combine(Home.Directory, "node.sock")));
        var signer = await SignerFor([$"unix://{Home.Directory}/node.sock", $"unix://{Home.Directory}/./node.sock"]);
        await signer.StartAsync(CancellationToken.None);
        await using (await AcceptReadyAsync(node)) { }
        var report = await Checks.RunAsync(node, Output, extensions: false);
        Assert.True(report.Passed);
        Assert.Equal(CheckOutcome.Pass, report.Results.Single(r => r.Check.Id == "two-nodes").Outcome);
    }
}

internal static class Checks
{
    /// <summary>The defaults but for the waits: a busy machine is no fault of the signer.</summary>
    public static async Task<HarnessReport> RunAsync(NodeListener node, ITestOutputHelper output, bool extensions)
    {
        var patience = TimeSpan.FromSeconds(60);
        var options = new HarnessOptions(node.Endpoint, Ask.Chain.ToString())
        {
            StartHeight = 2, Messages = 300, VoteExtensions = extensions, Timeout = patience, AcceptTimeout = patience, RedialTimeout = patience,
        };
        var report = await HarnessRunner.RunAsync(options, node, null, CancellationToken.None);
        using var text = new StringWriter();
        ReportText.Write(text, report);
        output.WriteLine(text.ToString());
        return report;
    }
}
