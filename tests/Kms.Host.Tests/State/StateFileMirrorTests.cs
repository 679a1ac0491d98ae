using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Host.Config;
using Kms.Host.State;
using Kms.Protocol.KeyEncoding;
using Kms.Testing;

namespace Kms.Host.Tests.State;

/// <summary>The state_file of a chain that runs: it follows the journal, and what another program wrote is never replaced.</summary>
public sealed class StateFileMirrorTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("kms-mirror-").FullName;

    private string StatePath => Path.Combine(_home, "state", "state.json");

    public StateFileMirrorTests() => Directory.CreateDirectory(Path.Combine(_home, "state"));

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public async Task It_follows_the_journal_from_what_was_there_at_start()
    {
        var mirror = (await StartAsync(Tmkms(100, 0, 2))).Mirror!;

        foreach (var watermark in new[] { At(101, Step.Prevote), At(101, Step.Prevote), At(101, Step.Precommit), At(102, Step.Prevote) })
        {
            Assert.Null(mirror.Write(watermark));
            Assert.Equal((watermark.Floor.Height.ToString(), (int)watermark.Floor.Step), Position());
        }
    }

    [Fact]
    public async Task A_file_that_is_missing_at_start_or_goes_away_is_made()
    {
        var mirror = (await StartAsync(null)).Mirror!;
        Assert.Null(mirror.Write(At(1, Step.Prevote)));
        File.Delete(StatePath);
        Assert.Null(mirror.Write(At(2, Step.Prevote)));

        // So does its folder, and comes back empty.
        Directory.Delete(Path.Combine(_home, "state"), recursive: true);
        Assert.Contains("the directory does not exist", mirror.Write(At(3, Step.Prevote)), StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(_home, "state"), "a file");
        Assert.StartsWith($"cannot write {StatePath}: ", mirror.Write(At(3, Step.Prevote)), StringComparison.Ordinal);
        File.Delete(Path.Combine(_home, "state"));
        Directory.CreateDirectory(Path.Combine(_home, "state"));
        Assert.Null(mirror.Write(At(3, Step.Precommit)));
        Assert.Equal(("3", 2), Position());
    }

    // Ahead, behind or level: whoever wrote it signs with the same key.
    public static TheoryData<string> Foreign => new()
    {
        Tmkms(103, 0, 1), Tmkms(101, 0, 1), Tmkms(102, 0, 1), Tmkms(0, 0, 0), "", "{", """{"height":"103","round":"0","step":1,"block_id":null,"version":2}""",
    };

    [Theory, MemberData(nameof(Foreign))]
    public async Task What_another_program_wrote_is_not_replaced_until_it_is_moved_away_or_the_chain_started_again(string text)
    {
        var mirror = (await StartAsync(Tmkms(100, 0, 2))).Mirror!;
        Assert.Null(mirror.Write(At(101, Step.Prevote)));
        File.WriteAllText(StatePath, text);

        for (var i = 0; i < 2; i++)
        {
            var refusal = mirror.Write(At(102, Step.Prevote));
            Assert.True(refusal is not null && refusal.Contains(StatePath, StringComparison.Ordinal), refusal);
            Assert.Equal(text, File.ReadAllText(StatePath));
        }

        File.Move(StatePath, StatePath + ".away");
        Assert.Null(mirror.Write(At(102, Step.Prevote)));
        Assert.Equal(("102", 1), Position());
    }

    [Fact]
    public async Task What_was_written_between_the_look_at_the_file_and_the_first_write_is_not_replaced_either()
    {
        var mirror = (await StartAsync(Tmkms(100, 0, 2))).Mirror!;
        File.WriteAllText(StatePath, Tmkms(101, 0, 1));
        Assert.Contains("is at 101/0/1, which this program did not write", mirror.Write(At(100, Step.Precommit)), StringComparison.Ordinal);

        var again = await StartAsync(null);
        Assert.Equal(new Hrs(101, 0, Step.Prevote), Assert.Single(again.Claims).Floor);
        Assert.Null(again.Mirror!.Write(At(102, Step.Prevote)));
    }

    // The temporary file cannot be made, so the old content stays and is still this program's.
    [Fact]
    public async Task A_write_that_failed_is_tried_again()
    {
        var mirror = (await StartAsync(Tmkms(100, 0, 2))).Mirror!;
        var obstacle = Directory.CreateDirectory(Path.Combine(_home, "state", ".state.json.tmp"));
        Assert.NotNull(mirror.Write(At(101, Step.Prevote)));
        Assert.NotNull(mirror.Write(At(101, Step.Precommit)));
        obstacle.Delete();
        Assert.Null(mirror.Write(At(102, Step.Prevote)));
        Assert.Equal(("102", 1), Position());
    }

    [Fact]
    public async Task A_link_stays_a_link_so_that_both_names_have_the_new_content()
    {
        var target = Path.Combine(_home, "old.json");
        File.WriteAllText(target, Tmkms(100, 0, 2));
        File.CreateSymbolicLink(StatePath, "../old.json");

        Assert.Null((await StartAsync(null)).Mirror!.Write(At(101, Step.Prevote)));

        Assert.Equal("../old.json", new FileInfo(StatePath).LinkTarget);
        Assert.Equal(File.ReadAllText(target), File.ReadAllText(StatePath));
        Assert.Equal(("101", 1), Position());
    }

    private static string Tmkms(long height, int round, int step) =>
        $$"""{"height":"{{height}}","round":"{{round}}","step":{{step}},"block_id":null}""";

    private static Watermark At(long height, Step step) =>
        new(Ask.Chain, new Hrs(height, 0, step), SignedMessage.Of(step == Step.Prevote ? Ask.Prevote(height, 0, Ask.A) : Ask.Precommit(height, 0, Ask.A)));

    private async Task<ChainStart> StartAsync(string? text)
    {
        if (text is not null) File.WriteAllText(StatePath, text);
        var chain = new ChainConfig(Ask.Chain, new KeyFormat.Hex(), SignExtensions.Auto, BlockRule.Spec, StatePath, null, 1);
        var (starts, errors) = await ChainStart.PrepareAsync([chain], CancellationToken.None);
        Assert.Empty(errors);
        return Assert.Single(starts!);
    }

    private (string Height, int Step) Position()
    {
        using var json = System.Text.Json.JsonDocument.Parse(File.ReadAllText(StatePath));
        return (json.RootElement.GetProperty("height").GetString()!, json.RootElement.GetProperty("step").GetInt32());
    }
}
