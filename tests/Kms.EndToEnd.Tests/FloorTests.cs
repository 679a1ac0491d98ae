using System.Text.RegularExpressions;
using Kms.Core.Consensus;
using Kms.Harness;
using Kms.Host.Demo;
using Kms.Testing;
using Xunit.Abstractions;

namespace Kms.EndToEnd.Tests;

/// <summary>Where a chain begins to sign, and where it stops: hooks, fresh states, height jumps and planned halts.</summary>
public sealed partial class FloorTests(ITestOutputHelper output) : EndToEndTest(output)
{
    private string Hook => Path.Combine(Home.Directory, "hook.sh");

    [Fact]
    public async Task A_hook_raises_the_floor_for_good()
    {
        var node = Listen();
        var signer = await SignerFor([Pinned(node)]);
        await HookAsync("""echo '{"latest_block_height":"500"}'""");
        await signer.StartAsync(CancellationToken.None);
        await using (var connection = await AcceptAsync(node))
        {
            Assert.Contains("asked 500/0/1, last signed 500/end", await RefusesAsync(connection, Vote(500, Step.Prevote, Ask.A)), StringComparison.Ordinal);
            await LogsAsync(signer, $"[chain:{Ask.Chain}] nothing at or below 500/end is signed from now on: state_hook: latest block height 500");
            signer.Kill();
        }

        Home.WriteConfig([Pinned(node)]); // without the hook
        await signer.StartAsync(CancellationToken.None);
        await using var again = await AcceptAsync(node);
        Assert.Contains("last signed 500/end", await RefusesAsync(again, Vote(500, Step.Precommit, Ask.A)), StringComparison.Ordinal);
        Assert.IsType<SignerReply.Signed>(await SignAsync(again, Vote(501, Step.Prevote, Ask.A)));
    }

    [Fact]
    public async Task A_hook_that_hangs_is_killed_and_the_signer_starts_unless_it_must_not()
    {
        var node = Listen();
        var signer = await SignerFor([Pinned(node)]);
        var pid = Path.Combine(Home.Directory, "hook.pid");
        await HookAsync($"echo $$ > {pid}; exec sleep 1000");
        var why = $"state_hook of chain {Ask.Chain}: the state hook {Hook} did not end within 1 s and was killed";
        await signer.StartAsync(CancellationToken.None);
        await using (await AcceptReadyAsync(node)) await LogsAsync(signer, $"{why}; going on with what is recorded");
        Assert.False(Directory.Exists($"/proc/{(await File.ReadAllTextAsync(pid)).Trim()}"), "the hook lives on");
        signer.Kill();

        Home.WriteConfig([Pinned(node)]);
        await HookAsync("exit 1", "fail_closed = true");
        await signer.StartAsync(CancellationToken.None);
        Assert.Equal(1, await signer.ExitAsync(Patience, CancellationToken.None));
        Assert.Contains(
            $"error: state_hook of chain {Ask.Chain}: the state hook {Hook} ended with exit code 1; with fail_closed = true the signer does not start without it\n",
            signer.Text(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_fresh_chain_adopts_the_first_height_when_the_operator_says_so(bool byFlag)
    {
        var node = Listen();
        var signer = await SignerFor([Pinned(node)], state: false);
        if (!byFlag) await ConfigureAsync("fresh_state = \"adopt\"");
        string[] flag = byFlag ? ["--allow-fresh-state", Ask.Chain.ToString()] : [];
        var adopting = Own(new SignerProcess(Program, ["start", "-v", "-c", Home.Config, .. flag], Home.Log));
        await adopting.StartAsync(CancellationToken.None);
        await using (var connection = await AcceptAsync(node))
        {
            Assert.Contains("signing begins at 1001", await RefusesAsync(connection, Vote(1000, Step.Prevote, Ask.A)), StringComparison.Ordinal);
            Assert.Contains("last signed 1000/end", await RefusesAsync(connection, Vote(1000, Step.Precommit, Ask.A)), StringComparison.Ordinal);
            Assert.IsType<SignerReply.Signed>(await SignAsync(connection, Vote(1001, Step.Prevote, Ask.A)));
            adopting.Kill();
        }

        Home.WriteConfig([Pinned(node)]);
        await signer.StartAsync(CancellationToken.None);
        await using var again = await AcceptAsync(node);
        Assert.Contains("double signing", await RefusesAsync(again, Vote(1001, Step.Prevote, Ask.B)), StringComparison.Ordinal);
        Assert.Contains("height regression", await RefusesAsync(again, Vote(1000, Step.Prevote, Ask.A)), StringComparison.Ordinal);
        Assert.IsType<SignerReply.Signed>(await SignAsync(again, Vote(1001, Step.Precommit, Ask.A)));
    }

    [Fact]
    public async Task Without_history_everything_but_signatures_is_answered_and_the_refusal_names_the_commands()
    {
        var node = Listen();
        var signer = await SignerFor([Pinned(node)], state: false);
        await signer.StartAsync(CancellationToken.None);
        await using var connection = await AcceptAsync(node);
        for (var i = 0; i < 2; i++)
        {
            Assert.IsType<SignerReply.PublicKey>(await connection.GetPublicKeyAsync(Ask.Chain, CancellationToken.None));
            Assert.IsType<SignerReply.Pong>(await connection.PingAsync(CancellationToken.None));
            var refusal = await RefusesAsync(connection, Vote(1_000_000, Step.Prevote, Ask.A));
            Assert.Contains("no recorded state", refusal, StringComparison.Ordinal);
            Assert.Contains($"`tmkms state init {Ask.Chain}`", refusal, StringComparison.Ordinal);
            Assert.Contains("import", refusal, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_height_jump_is_allowed_by_the_very_command_that_the_refusal_names()
    {
        var node = Listen();
        var signer = await SignerFor([Pinned(node)]);
        await signer.StartAsync(CancellationToken.None);
        await using var connection = await AcceptReadyAsync(node);
        var far = Vote(5_000_000, Step.Prevote, Ask.A);
        var refusal = await RefusesAsync(connection, far);
        Assert.Contains("height jump", refusal, StringComparison.Ordinal);
        Assert.IsType<SignerReply.Signed>(await SignAsync(connection, Vote(2, Step.Prevote, Ask.A)));

        var command = Command().Match(refusal);
        Assert.True(command.Success, refusal);
        var asking = SignEachAsync();
        var raised = await RunAsync([.. command.Groups[1].Value.Split(' '), "--yes", "-c", Home.Config]);
        Assert.Equal((0, $"      Raised chain {Ask.Chain}: nothing at or below 4999999/end is signed from now on\n"), raised);

        // Every vote up to the raise was signed, and after it the far one is, on the same connection.
        Assert.True(await asking > 0);
        Assert.IsType<SignerReply.Signed>(await SignAsync(connection, far));
        Assert.IsType<SignerReply.Signed>(await SignAsync(connection, Vote(5_000_000, Step.Precommit, Ask.A)));

        async Task<int> SignEachAsync()
        {
            for (var height = 3; ; height++)
            {
                var reply = await SignAsync(connection, Vote(height, Step.Prevote, Ask.A));
                if (reply is SignerReply.Signed) continue;
                Assert.Contains("last signed 4999999/end", Assert.IsType<SignerReply.Error>(reply).Text, StringComparison.Ordinal);
                return height - 3;
            }
        }
    }

    [Fact]
    public async Task Above_max_height_is_a_planned_halt_and_the_connection_stays()
    {
        var node = Listen();
        var signer = await SignerFor([Pinned(node)]);
        await ConfigureAsync("max_height = 10", "[[validator]]");
        await signer.StartAsync(CancellationToken.None);
        await using var connection = await AcceptReadyAsync(node);
        foreach (var height in new[] { 10, 11, 12 })
        {
            foreach (var step in new[] { Step.Prevote, Step.Precommit })
            {
                if (height == 10) Assert.IsType<SignerReply.Signed>(await SignAsync(connection, Vote(height, step, Ask.A)));
                else Assert.Contains("planned halt at 10", await RefusesAsync(connection, Vote(height, step, Ask.A)), StringComparison.Ordinal);
            }
        }

        Assert.IsType<SignerReply.Pong>(await connection.PingAsync(CancellationToken.None));
        Assert.IsType<SignerReply.Signed>(await SignAsync(connection, Vote(10, Step.Precommit, Ask.A)));
    }

    [Fact]
    public async Task Each_of_two_chains_at_two_nodes_signs_with_its_own_key()
    {
        var (one, two) = (Listen(), Listen());
        var signer = await SignerFor([Pinned(one)]);
        var other = new ChainId("other-1");
        var key = Path.Combine(Home.Directory, "secrets", "other.key");
        Assert.Equal(0, (await RunAsync("softsign", "keygen", key)).ExitCode);
        await File.AppendAllTextAsync(Home.Config, $"""

            [[chain]]
            id = "{other}"
            key_format = {"{ type = \"hex\" }"}

            [[providers.softsign]]
            chain_ids = ["{other}"]
            path = "{key}"

            [[validator]]
            chain_id = "{other}"
            addr = "{Pinned(two)}"
            secret_key = "{Home.IdentityKey}"
            """);
        Assert.Equal(0, (await RunAsync("state", "init", "-c", Home.Config, other.ToString())).ExitCode);
        await signer.StartAsync(CancellationToken.None);
        await using var first = await AcceptAsync(one);
        await using var second = await AcceptAsync(two);
        await SignsAsync(first, First);
        await SignsAsync(second, First with { Chain = other, Block = Ask.A });
        var keys = new List<string>();
        foreach (var (connection, chain, wrong) in new[] { (first, Ask.Chain, other), (second, other, Ask.Chain) })
        {
            var answer = Assert.IsType<SignerReply.PublicKey>(await connection.GetPublicKeyAsync(chain, CancellationToken.None));
            var own = new Core.Signing.PublicKey(Core.Signing.KeyAlgorithm.Ed25519, answer.Bytes.Span);
            keys.Add(own.ToString());
            var vote = Vote(7, Step.Prevote, Ask.A) with { Chain = chain };
            Assert.True(new SignatureLedger().Observe(own, vote, await SignAsync(connection, vote)).Genuine);
            Assert.Contains("wrong chain id", await RefusesAsync(connection, Vote(8, Step.Prevote, Ask.A) with { Chain = wrong }), StringComparison.Ordinal);
        }

        Assert.NotEqual(keys[0], keys[1]);
    }

    private async Task HookAsync(string script, string more = "")
    {
        await File.WriteAllTextAsync(Hook, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(Hook, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await ConfigureAsync($"state_hook = {{ cmd = [\"{Hook}\"], timeout_secs = {(script.Contains("sleep", StringComparison.Ordinal) ? 1 : 30)}{(more.Length > 0 ? ", " + more : "")} }}");
    }

    [GeneratedRegex("`tmkms (state raise [^`]+)`", RegexOptions.CultureInvariant)]
    private static partial Regex Command();
}
