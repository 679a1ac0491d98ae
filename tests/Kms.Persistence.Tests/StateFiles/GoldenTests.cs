using System.Text;
using Kms.Core.Consensus;
using Kms.Persistence.StateFiles;
using Kms.Protocol.SignBytes;
using Kms.Testing;

namespace Kms.Persistence.Tests.StateFiles;

/// <summary>Files of real programs, in and out.</summary>
public class GoldenTests
{
    public static TheoryData<string> Names => [.. GoldenFile.All.Select(file => file.Name)];

    public static TheoryData<string> Versions => ["v0.34", "v0.38"];

    [Theory, MemberData(nameof(Names))]
    public void A_file_of_a_real_program_is_read(string name)
    {
        var file = GoldenFile.Named(name);

        var result = StateFile.Parse(file.Content, file.Format);

        Assert.Null(result.Error);
        Assert.Equal(file.Format, result.Format);
        Assert.Equal(file.States, result.States);
    }

    [Theory, MemberData(nameof(Names))]
    public void Its_format_is_detected_or_must_be_named(string name)
    {
        var file = GoldenFile.Named(name);

        var result = StateFile.Parse(file.Content, format: null);

        if (file.Detected is { } detected) Assert.Equal((detected, null), (result.Format, result.Error));
        else Assert.False(result.IsRead);
        if (result.IsRead) Assert.Equal(file.States, result.States);
    }

    [Theory]
    [InlineData("tmkms-0.15-fresh")]
    [InlineData("tmkms-0.15-proposal")]
    [InlineData("tmkms-0.15-nil-precommit")]
    [InlineData("cometbft-fresh")]
    [InlineData("cometbft-precommit")]
    [InlineData("cosmos-kms-init")]
    [InlineData("horcrux-new")]
    [InlineData("interchange")]
    public void What_was_read_is_written_as_the_program_wrote_it(string name)
    {
        var file = GoldenFile.Named(name);

        Assert.Equal(new RenderedState(file.Text, null), StateFile.Render(file.Format, file.States));
    }

    [Theory, MemberData(nameof(Versions))]
    public void The_states_of_CometBFT_are_read_and_written_back(string version)
    {
        var states = Vectors.Load($"cometbft/{version}/files").All("states");

        Assert.Equal(4, states.Count);
        Assert.All(states, vector =>
        {
            var text = vector.Text("text");
            var result = StateFile.Parse(Encoding.UTF8.GetBytes(text), format: null);
            Assert.Equal((StateFormat.CometBft, null), (result.Format, result.Error));
            Assert.Equal(text, StateFile.Render(StateFormat.CometBft, result.States!).Text);
            Assert.Equal(text, StateFile.Render(StateFormat.CosmosKms, result.States!).Text);

            var parsed = vector.In("parsed");
            var state = Assert.Single(result.States!);
            Assert.Equal(parsed.Number("step") == 0, state.IsFresh);
            if (state.IsFresh) return;
            Assert.Equal(new Hrs(parsed.Number("height"), parsed.Int("round"), (Step)(parsed.Int("step") - 1)), state.Position);
            Assert.True(CanonicalMessage.TryParse(state.SignBytes!, out var chain, out var message));
            Assert.Equal((new ChainId("c"), state.Position), (chain, message.Hrs));
        });
    }

    [Fact]
    public void The_example_of_the_documentation_is_read_and_written_back()
    {
        using var resource = new StreamReader(typeof(GoldenTests).Assembly.GetManifestResourceStream("state-interchange.md")!);
        var example = resource.ReadToEnd().Split("```json\n")[1].Split("```")[0];

        var result = StateFile.Parse(Encoding.UTF8.GetBytes(example), format: null);

        Assert.Equal((StateFormat.Interchange, null, 2), (result.Format, result.Error, result.States?.Count));
        Assert.Equal(example, StateFile.Render(StateFormat.Interchange, result.States!).Text);
    }

    [Fact]
    public void A_CometBFT_file_without_a_step_says_that_the_round_before_is_used_up()
    {
        Assert.Equal(Hrs.EndOf(new Height(6)), Position(7, 0));
        Assert.Equal(new Hrs(7, 1, Step.Precommit), Position(7, 2));
        Assert.Equal(Hrs.EndOf(new Height(0)), Position(1, 0));

        static Hrs Position(long height, int round) => StateFile.Parse(
            Encoding.UTF8.GetBytes($$"""{"height":"{{height}}","round":{{round}},"step":0}"""), StateFormat.CometBft).States![0].Position;
    }

    // FilePV panics at sign bytes without a signature (privval/file.go, CheckHRS); a horcrux file may not hold a whole one.
    [Fact]
    public void Sign_bytes_are_written_only_where_the_reader_takes_them()
    {
        var signed = GoldenFile.Named("cometbft-precommit").States[0];
        const string Bare = "{\n  \"height\": \"36\",\n  \"round\": 0,\n  \"step\": 3\n}";

        Assert.Equal(Bare, StateFile.Render(StateFormat.CometBft, [signed with { Signature = null }]).Text);
        Assert.Equal(Bare, StateFile.Render(StateFormat.CometBft, [signed with { SignBytes = null }]).Text);
        Assert.DoesNotContain("sign", StateFile.Render(StateFormat.Horcrux, [signed]).Text!, StringComparison.Ordinal);
    }

    // tmkms signs again what has the recorded block, and takes none for nil (src/chain/state.rs, update_consensus_state).
    [Fact]
    public void A_vote_for_an_unknown_block_becomes_a_position_that_tmkms_cannot_sign_again()
    {
        Assert.Equal(
            """{"height":"10","round":"4","step":0,"block_id":{"hash":"","parts":{"total":0,"hash":""}}}""", Tmkms(new Hrs(10, 3, Step.Precommit)));
        Assert.Equal(
            """{"height":"10","round":"3","step":0,"block_id":{"hash":"","parts":{"total":0,"hash":""}}}""", Tmkms(new Hrs(10, 3, Step.Proposal)));

        static string Tmkms(Hrs position) => StateFile.Render(StateFormat.Tmkms, [new RecordedState(position)]).Text!;
    }
}
