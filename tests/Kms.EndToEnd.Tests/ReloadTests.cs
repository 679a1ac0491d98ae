using Kms.Core.Consensus;
using Kms.Harness;
using Kms.Host.Demo;
using Kms.Testing;
using Xunit.Abstractions;

namespace Kms.EndToEnd.Tests;

/// <summary>The running program reads tmkms.toml again; what did not change in it goes on as if nothing had happened.</summary>
public sealed class ReloadTests(ITestOutputHelper output) : EndToEndTest(output)
{
    [Fact]
    public async Task A_validator_is_added_changed_and_removed_while_the_first_connection_keeps_signing()
    {
        var (one, two) = (Listen(), Listen());
        var signer = await SignerFor([Pinned(one)]);
        await signer.StartAsync(CancellationToken.None);
        await using var first = await AcceptReadyAsync(one);

        Home.WriteConfig([Pinned(one), Pinned(two)]);
        signer.Send(SignerProcess.SigHup);
        await using (var second = await AcceptAsync(two))
        {
            await SignsAsync(second, Vote(2, Step.Prevote, Ask.A));
            await LogsAsync(signer, $"tmkms::reload: reload: validator {Ask.Chain}@{Pinned(two)} added");
            await SignsAsync(first, Vote(2, Step.Precommit, Ask.A));

            // Changed: the old connection ends, a new one comes, and it obeys the new rule.
            await ChangeAsync($"addr = \"{Pinned(two)}\"", $"addr = \"{Pinned(two)}\"\nmax_height = 3");
            Assert.Equal((0, $"      Reload validator {Ask.Chain}@{Pinned(two)} changed (max_height)\n"), await RunAsync("reload", "-c", Home.Config));
            Assert.IsType<SignerReply.Closed>(await second.PingAsync(CancellationToken.None));
        }

        await using (var second = await AcceptAsync(two))
        {
            await SignsAsync(second, Vote(3, Step.Prevote, Ask.A));
            var refused = Assert.IsType<SignerReply.Error>(await SignAsync(second, Vote(4, Step.Prevote, Ask.A)));
            Assert.Contains("planned halt at 3", refused.Text, StringComparison.Ordinal);

            Home.WriteConfig([Pinned(one)]);
            Assert.Equal((0, $"      Reload validator {Ask.Chain}@{Pinned(two)} removed\n"), await RunAsync("reload", "-c", Home.Config));
            Assert.IsType<SignerReply.Closed>(await second.PingAsync(CancellationToken.None));
        }

        await SignsAsync(first, Vote(5, Step.Prevote, Ask.B));
        Assert.Equal((0, "      Reload nothing changed\n"), await RunAsync("reload", "-c", Home.Config));
    }

    [Fact]
    public async Task A_file_that_cannot_be_used_changes_nothing_and_every_reason_is_said()
    {
        var (one, two) = (Listen(), Listen());
        var signer = await SignerFor([Pinned(one)]);
        await signer.StartAsync(CancellationToken.None);
        await using var first = await AcceptReadyAsync(one);

        // Two mistakes at once.
        Home.WriteConfig([Pinned(one), Pinned(two)]);
        await ChangeAsync("key_format", "key_fromat");
        await ChangeAsync("[[providers.softsign]]\nchain_ids", "[[providers.softsign]]\nchain_id");
        var broken = await RunAsync("reload", "-c", Home.Config);
        Assert.Equal(1, broken.ExitCode);
        var errors = broken.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains(errors, e => e.StartsWith($"error: {Home.Config}:3:1: unknown key key_fromat in [[chain]]", StringComparison.Ordinal));
        Assert.True(errors.Length >= 2, broken.Output);
        foreach (var error in errors) await LogsAsync(signer, $" ERROR tmkms::reload: reload: {error["error: ".Length..]}");

        // An identity that is not there.
        Home.WriteConfig([Pinned(one), Pinned(two)]);
        await ChangeAsync("kms-identity.key", "gone.key", last: true);
        Assert.Equal((1, $"error: the key file {Home.Directory}/secrets/gone.key does not exist\n"), await RunAsync("reload", "-c", Home.Config));

        // What no running signer changes.
        Home.WriteConfig([Pinned(one), Pinned(two)]);
        await ChangeAsync("key_format = { type = \"hex\" }", "key_format = { type = \"hex\" }\nblock_rule = \"same-block-per-round\"");
        Assert.Equal(
            (1, $"error: {Home.Config}: line 1: block_rule of chain {Ask.Chain} changed, which takes effect only at a restart\n"),
            await RunAsync("reload", "-c", Home.Config));

        await SignsAsync(first, Vote(2, Step.Prevote, Ask.A));
        Assert.DoesNotContain("connecting to validator", signer.Text()[signer.Text().IndexOf("tmkms::reload", StringComparison.Ordinal)..], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_chain_with_its_key_is_added_initialised_and_removed()
    {
        var (one, two) = (Listen(), Listen());
        var signer = await SignerFor([Pinned(one)]);
        await signer.StartAsync(CancellationToken.None);
        await using var first = await AcceptReadyAsync(one);
        var before = await File.ReadAllTextAsync(Home.Config);
        var key = Path.Combine(Home.Directory, "secrets", "other.key");
        Assert.Equal(0, (await RunAsync("softsign", "keygen", key)).ExitCode);
        await File.WriteAllTextAsync(Home.Config, before + $"""
            [[chain]]
            id = "other-1"
            key_format = {"{ type = \"hex\" }"}

            [[providers.softsign]]
            chain_ids = ["other-1"]
            path = "{key}"

            [[validator]]
            chain_id = "other-1"
            addr = "{Pinned(two)}"
            secret_key = "{Home.IdentityKey}"
            """);
        var early = await RunAsync("state", "show", "-c", Home.Config, "other-1");
        Assert.Equal(1, early.ExitCode);
        Assert.Contains($"{signer}, which uses the journal, does not sign for chain other-1", early.Output, StringComparison.Ordinal);

        var added = await RunAsync("reload", "-c", Home.Config);
        Assert.Equal((0, $"      Reload chain other-1 added\n      Reload validator other-1@{Pinned(two)} added\n"), added);
        await using var second = await AcceptAsync(two);
        Assert.Equal(0, (await RunAsync("state", "init", "-c", Home.Config, "other-1")).ExitCode);
        await SignsAsync(second, First with { Chain = new ChainId("other-1") });
        await SignsAsync(first, Vote(2, Step.Prevote, Ask.A));

        await File.WriteAllTextAsync(Home.Config, before);
        var removed = await RunAsync("reload", "-c", Home.Config);
        Assert.Equal((0, $"      Reload chain other-1 removed\n      Reload validator other-1@{Pinned(two)} removed\n"), removed);
        Assert.IsType<SignerReply.Closed>(await second.PingAsync(CancellationToken.None));
        await SignsAsync(first, Vote(2, Step.Precommit, Ask.A));
    }

    private async Task ChangeAsync(string old, string @new, bool last = false)
    {
        var text = await File.ReadAllTextAsync(Home.Config);
        var at = last ? text.LastIndexOf(old, StringComparison.Ordinal) : text.IndexOf(old, StringComparison.Ordinal);
        Assert.True(at >= 0, old);
        await File.WriteAllTextAsync(Home.Config, string.Concat(text.AsSpan(0, at), @new, text.AsSpan(at + old.Length)));
    }
}
