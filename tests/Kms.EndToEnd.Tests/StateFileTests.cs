using System.Text.Json;
using Kms.Core.Consensus;
using Kms.Harness;
using Kms.Host.Demo;
using Kms.Persistence.StateFiles;
using Kms.Testing;
using Xunit.Abstractions;

namespace Kms.EndToEnd.Tests;

/// <summary>state_file, through which an operator goes back to Rust tmkms at any moment: it is never behind a signature, and never forgets.</summary>
public sealed class StateFileTests(ITestOutputHelper output) : EndToEndTest(output)
{
    private string StateFilePath => Path.Combine(Home.Directory, "mirror", "state.json");

    [Fact]
    public async Task Without_a_journal_it_signs_above_the_file_and_the_file_follows()
    {
        WriteFile(Rust(100, 0, 1));
        var node = Listen();
        var signer = await StartAsync(node);
        await using var connection = await AcceptAsync(node);
        await SignsAsync(connection, Vote(100, Step.Precommit, Ask.A));
        await LogsAsync(signer, $"[chain:{Ask.Chain}] nothing at or below 100/0/1 is signed from now on: state_file {StateFilePath}");
        Assert.Equal(new Hrs(100, 0, Step.Precommit), FilePosition());

        foreach (var used in new[] { Vote(100, Step.Prevote, Ask.A), Vote(100, Step.Prevote, Ask.B), Vote(99, Step.Precommit, Ask.A) })
            Assert.IsType<SignerReply.Error>(await SignAsync(connection, used));
        Assert.IsType<SignerReply.Signed>(await SignAsync(connection, Vote(101, Step.Prevote, null)));
        using var state = JsonDocument.Parse(await File.ReadAllTextAsync(StateFilePath));
        Assert.Equal("", state.RootElement.GetProperty("block_id").GetProperty("hash").GetString());
    }

    [Fact]
    public async Task A_file_ahead_of_the_journal_raises_the_floor_and_the_log_says_so()
    {
        var node = Listen();
        var signer = await StartAsync(node, state: true);
        await using (var connection = await AcceptReadyAsync(node)) signer.Kill();

        // What Rust tmkms did meanwhile.
        WriteFile(Rust(500, 2, 0));
        await signer.StartAsync(CancellationToken.None);
        await using var again = await AcceptAsync(node);
        await SignsAsync(again, At(500, 2, Step.Prevote, Ask.B));
        Assert.IsType<SignerReply.Error>(await SignAsync(again, At(500, 2, Step.Proposal, Ask.B)));
        Assert.IsType<SignerReply.Error>(await SignAsync(again, Vote(2, Step.Prevote, Ask.A)));
        await LogsAsync(signer, $"[chain:{Ask.Chain}] nothing at or below 500/2/0 is signed from now on: state_file {StateFilePath}");
    }

    public static TheoryData<string> Unusable =>
        new() { "", "{\"height\":\"10", """{"height":"100","round":"0","step":1,"block_id":null,"version":2}""" };

    [Theory, MemberData(nameof(Unusable))]
    public async Task A_file_that_cannot_be_used_keeps_the_signer_from_starting_and_stays_as_it_is(string text)
    {
        WriteFile(text);
        var signer = await StartAsync(Listen(), state: true);
        Assert.Equal(1, await signer.ExitAsync(Patience, CancellationToken.None));
        Assert.Equal(text, await File.ReadAllTextAsync(StateFilePath));
        Assert.Contains($"error: the state file {StateFilePath} ", signer.Text(), StringComparison.Ordinal);
        Assert.DoesNotContain("   at Kms.", signer.Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_means_refusals_until_it_can()
    {
        var node = Listen();
        var signer = await StartAsync(node, state: true);
        await using var connection = await AcceptReadyAsync(node);
        var (folder, away) = (Path.GetDirectoryName(StateFilePath)!, Path.Combine(Home.Directory, "away"));

        Directory.Move(folder, away);
        Assert.Contains("the directory does not exist", await RefusesAsync(connection, Vote(2, Step.Prevote, Ask.A)), StringComparison.Ordinal);
        await File.WriteAllTextAsync(folder, "a file");
        Assert.Contains("state file failure", await RefusesAsync(connection, Vote(3, Step.Prevote, Ask.A)), StringComparison.Ordinal);
        File.Delete(folder);
        Directory.Move(away, folder);
        Assert.IsType<SignerReply.Signed>(await SignAsync(connection, Vote(3, Step.Prevote, Ask.A))); // What was refused was not lost.
        Assert.Equal(new Hrs(3, 0, Step.Prevote), FilePosition());

        // Somebody else writes the file: another signer with this key.
        WriteFile(Rust(4, 0, 1));
        var refusal = await RefusesAsync(connection, Vote(5, Step.Prevote, Ask.A));
        Assert.Contains("another signer uses this key", refusal, StringComparison.Ordinal);
        Assert.Equal(new Hrs(4, 0, Step.Prevote), FilePosition());
        signer.Send(SignerProcess.SigTerm);
        Assert.Equal(0, await signer.ExitAsync(Patience, CancellationToken.None));
    }

    // Nothing is in flight when a killed process is dead: what the node holds then must be in the file.
    [Fact]
    public async Task Killed_in_the_middle_of_signing_the_file_is_never_behind_a_signature()
    {
        var options = new DrillOptions(Ask.Chain.ToString(), 8) { MessagesPerKill = 20, Seed = Random.Shared.Next() };
        Output.WriteLine($"seed {options.Seed}");
        var node = Listen();
        var ledger = new SignatureLedger();
        var found = new List<(Hrs File, Hrs Signed)>();
        var signer = new Autopsy(await SignerForFile(node, state: true), () => found.Add((FilePosition(), ledger.Highest(Ask.Chain)!.Value)));

        var report = await CrashDrill.RunAsync(options, node, ledger, signer, null, CancellationToken.None);

        Output.WriteLine(report.ToString());
        Assert.True(report.Passed, report.ToString());
        Assert.Equal(options.Kills, found.Count);
        Assert.All(found, after => Assert.True(after.File >= after.Signed, $"the file is at {after.File}, but {after.Signed} was signed"));
    }

    private async Task<SignerProcess> StartAsync(NodeListener node, bool state = false)
    {
        var signer = await SignerForFile(node, state);
        await signer.StartAsync(CancellationToken.None);
        return signer;
    }

    private async Task<SignerProcess> SignerForFile(NodeListener node, bool state)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(StateFilePath)!);
        var signer = await SignerFor([Pinned(node)], state: state);
        await ConfigureAsync($"state_file = \"{StateFilePath}\"");
        return signer;
    }

    private void WriteFile(string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(StateFilePath)!);
        File.WriteAllText(StateFilePath, text);
    }

    private Hrs FilePosition() => Assert.Single(StateFile.Read(StateFilePath, StateFormat.Tmkms).States!).Position;

    // As Rust tmkms writes it.
    private static string Rust(long height, int round, int step)
    {
        var block = $$"""{"hash":"{{new string('C', 64)}}","parts":{"total":1,"hash":"{{new string('D', 64)}}"} }""";
        return $$"""{"height":"{{height}}","round":"{{round}}","step":{{step}},"block_id":{{block}}}""";
    }

    private static VoteMessage At(long height, int round, Step step, BlockId block) => Vote(height, step, block) with { Hrs = new Hrs(height, round, step) };

    /// <summary>Looks at what a killed process left before it is started again.</summary>
    private sealed class Autopsy(ISignerProcess process, Action look) : ISignerProcess
    {
        private bool _killed;

        public Task StartAsync(CancellationToken ct)
        {
            if (_killed) look();
            return process.StartAsync(ct);
        }

        public void Kill()
        {
            process.Kill();
            _killed = true;
        }
    }
}
