using System.Diagnostics;
using Kms.Core.Consensus;
using Kms.Harness;
using Kms.Testing;
using Xunit.Abstractions;

namespace Kms.EndToEnd.Tests;

public sealed class StateTests(ITestOutputHelper output) : EndToEndTest(output)
{
    [Fact]
    public async Task A_chain_without_recorded_state_answers_but_signs_only_once_it_was_initialised()
    {
        var node = Listen();
        var signer = await SignerFor([Pinned(node)], state: false);
        await signer.StartAsync(CancellationToken.None);
        await using var connection = await AcceptAsync(node);
        Assert.IsType<SignerReply.PublicKey>(await connection.GetPublicKeyAsync(Ask.Chain, CancellationToken.None));
        Assert.IsType<SignerReply.Pong>(await connection.PingAsync(CancellationToken.None));
        SignerReply.Error refusal;
        do refusal = Assert.IsType<SignerReply.Error>(await SignAsync(connection, First));
        while (refusal.Text.Contains("deadline", StringComparison.Ordinal)); // A busy machine: the journal is not read yet.
        Assert.Contains($"tmkms state init {Ask.Chain}", refusal.Text, StringComparison.Ordinal);

        // The operator does as told, while the signer runs.
        var init = await RunAsync("state", "init", "-c", Home.Config, "--height", "41", Ask.Chain.ToString());
        Assert.Equal((0, $" Initialised chain {Ask.Chain}: signs from height 42 on\n"), init);
        var again = await RunAsync("state", "init", "-c", Home.Config, Ask.Chain.ToString());
        Assert.Equal(1, again.ExitCode);
        Assert.Contains("has a recorded state already, nothing was changed", again.Output, StringComparison.Ordinal);

        // It was the running signer that did it, and that now tells where it stands.
        await LogsAsync(signer, $"[chain:{Ask.Chain}] the operator raised the floor to 41/end");
        var floor = await RunAsync("state", "show", "-c", Home.Config, Ask.Chain.ToString());
        Assert.Equal((0, $"chain:       {Ask.Chain}\nlast signed: not recorded\nfloor:       41/end; everything up to it is refused\n"), floor);
        await SignsAsync(connection, Vote(42, Step.Prevote, Ask.A));
        refusal = Assert.IsType<SignerReply.Error>(await SignAsync(connection, Vote(41, Step.Precommit, Ask.A)));
        Assert.Contains("height regression", refusal.Text, StringComparison.Ordinal);
        var show = await RunAsync("state", "show", "-c", Home.Config, Ask.Chain.ToString());
        Assert.Equal(0, show.ExitCode);
        Assert.Contains($"last signed: 42/0/1 Prevote {Ask.A.Abbreviated}\n", show.Output, StringComparison.Ordinal);
    }

    // An operator who reads the question for an hour must not keep a signer from starting.
    [Fact]
    public async Task While_a_raise_waits_for_its_answer_the_journal_is_free()
    {
        await SignerFor([Pinned(Listen())]);
        using var raise = Process.Start(new ProcessStartInfo(Program.File, ["state", "raise", "-c", Home.Config, Ask.Chain.ToString(), "100"])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        try
        {
            using var deadline = new CancellationTokenSource(Patience);
            var asked = "";
            var buffer = new char[256];
            while (!asked.Contains("Raise it? [y/N]", StringComparison.Ordinal))
            {
                var read = await raise.StandardError.ReadAsync(buffer, deadline.Token);
                Assert.True(read > 0, asked);
                asked += new string(buffer, 0, read);
            }

            Assert.Equal(0, (await RunAsync("state", "show", "-c", Home.Config)).ExitCode);
            await raise.StandardInput.WriteLineAsync("y");
            await raise.WaitForExitAsync(deadline.Token);
            Assert.Equal(0, raise.ExitCode);
        }
        finally
        {
            if (!raise.HasExited) raise.Kill();
        }

        Assert.Contains("100/end", (await RunAsync("state", "show", "-c", Home.Config)).Output, StringComparison.Ordinal);
    }
}
