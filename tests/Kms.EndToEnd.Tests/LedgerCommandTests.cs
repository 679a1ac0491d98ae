using Kms.Harness;
using Kms.Host.Demo;
using Kms.Testing;
using Kms.Testing.Ledger;
using Xunit.Abstractions;

namespace Kms.EndToEnd.Tests;

/// <summary>What depends on more than one process: a command that ends while the device asks, and a signer that has the device.</summary>
public sealed class LedgerCommandTests(ITestOutputHelper output) : EndToEndTest(output)
{
    [Fact]
    public async Task A_position_that_was_set_by_command_is_where_the_signer_begins_without_a_question()
    {
        var ledger = new SimulatedLedger();
        await using var way = LedgerTcp.Start(ledger);
        var node = Listen();
        var signer = await SignerFor([Pinned(node)]);
        await UseAsync(way);

        // Stopped before the button was pressed: the device asks on, and may still be told.
        var init = Own(new SignerProcess(Program, ["ledger", "init", "-c", Home.Config, "-H", "1", "-r", "0"], Path.Combine(Home.Directory, "init.log")));
        var asked = new TaskCompletionSource();
        ledger.Prompted += asked.SetResult;
        await init.StartAsync(CancellationToken.None);
        await asked.Task.WaitAsync(Patience);
        init.Send(SignerProcess.SigTerm);
        Assert.Equal(1, await init.ExitAsync(Patience, CancellationToken.None));
        Assert.Contains("stopped before the Ledger answered; if it asks, it goes on asking", init.Text(), StringComparison.Ordinal);
        Assert.Equal(["Init validation", "Height: 1", "Round: 000"], ledger.Screen);
        ledger.Confirm();

        await signer.StartAsync(CancellationToken.None);
        await using (await AcceptReadyAsync(node))
        {
            foreach (string[] verb in new[] { new[] { "show" }, ["init", "-H", "5", "-r", "0"] })
            {
                var (code, text) = await RunAsync(["ledger", .. verb, "-c", Home.Config]);
                Assert.Equal(1, code);
                Assert.Contains("error: the signer that runs on this journal has the Ledger", text, StringComparison.Ordinal);
            }
        }

        Assert.DoesNotContain("waiting for confirmation", signer.Text(), StringComparison.Ordinal);
        signer.Send(SignerProcess.SigTerm);
        Assert.Equal(0, await signer.ExitAsync(Patience, CancellationToken.None));
        var shown = await RunAsync("ledger", "show", "-c", Home.Config);
        Assert.True(shown.ExitCode == 0, shown.Output);
        Assert.Contains(Convert.ToHexString(ledger.PublicKey), shown.Output, StringComparison.Ordinal);
        Assert.Equal(2, ledger.Signed.Length);
    }

    // The home's own key file stays, and is not named any more.
    private async Task UseAsync(LedgerTcp way)
    {
        var text = await File.ReadAllTextAsync(Home.Config);
        var (from, to) = (text.IndexOf("[[providers.softsign]]", StringComparison.Ordinal), text.IndexOf("[[validator]]", StringComparison.Ordinal));
        var section = $"[[providers.ledgertm]]\nchain_ids = [\"{Ask.Chain}\"]\ntransport = \"tcp://127.0.0.1:{way.Port}\"\n\n";
        await File.WriteAllTextAsync(Home.Config, $"{text[..from]}{section}{text[to..]}");
    }
}
