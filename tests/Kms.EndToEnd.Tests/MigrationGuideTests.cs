using System.Text.Json;
using System.Text.RegularExpressions;
using Kms.Core.Consensus;
using Kms.Harness;
using Kms.Host.Demo;
using Kms.Testing;
using Xunit.Abstractions;

namespace Kms.EndToEnd.Tests;

/// <summary>docs/migrate.md, followed literally: the commands of each section run in a shell, in order, in a home of their own; then a node
/// asks for what was signed before, for the opposite, and for what comes next.</summary>
public sealed partial class MigrationGuideTests(ITestOutputHelper output) : EndToEndTest(output)
{
    private static readonly ChainId Hub = new("cosmoshub-4");
    private static readonly VoteMessage Last = At(100, Step.Precommit, Ask.A);

    [Fact]
    public async Task From_a_plain_node()
    {
        using var guide = new MigrationGuide(Home.Directory);
        var key = guide.WriteNodeKey(".gaia/config/priv_validator_key.json");
        guide.Write(".gaia/data/priv_validator_state.json", key.StateFile(Last, withSignature: true));
        var node = Listen();
        var blocks = MigrationGuide.Blocks("plain-node");

        // The last block cleans up; it is run once the signer signs.
        foreach (var block in blocks[..^1])
        {
            var result = await guide.RunAsync(block.Replace("node.example.com:26658", Address(node), StringComparison.Ordinal));
            Output.WriteLine(result.Output);
            Assert.Equal(0, result.ExitCode);
        }

        Assert.Equal(["stop gaiad", "start tmkms"], guide.ServiceCalls());
        Assert.False(File.Exists(guide.Path(".gaia/config/priv_validator_key.json")), "the key is still on the node");
        await using var connection = await StartAsync(guide, node, ".tmkms", "-c", ".tmkms/tmkms.toml");
        await SignsTheSameAndNothingElseAsync(connection, key);

        Assert.Equal(0, (await guide.RunAsync(blocks[^1])).ExitCode);
        Assert.False(Directory.Exists(guide.Path("handover")), "the key is still between the hosts");
    }

    [Fact]
    public async Task From_Rust_tmkms_and_back()
    {
        using var guide = new MigrationGuide(Home.Directory);
        var node = Listen();
        guide.WriteRustTmkmsHome(".tmkms", Hub.ToString(), Address(node), Last);
        foreach (var block in MigrationGuide.Blocks("tmkms"))
        {
            var result = await guide.RunAsync(block);
            Output.WriteLine(result.Output);
            Assert.Equal(0, result.ExitCode);
        }

        Assert.Equal(["disable --now tmkms-rust", "start tmkms"], guide.ServiceCalls());
        await using var connection = await StartAsync(guide, node, ".tmkms", "-c", "tmkms.toml");

        // tmkms does not record what exactly was signed, so nothing can be signed again there.
        Assert.IsType<SignerReply.Error>(await SignAsync(connection, Last));
        await SignsAsync(connection, At(101, Step.Prevote, Ask.B));

        // Rust tmkms would go on from here.
        using var state = JsonDocument.Parse(guide.Read(".tmkms/cosmoshub-4_priv_validator_state.json"));
        Assert.Equal("101", state.RootElement.GetProperty("height").GetString());
        Assert.Equal("0", state.RootElement.GetProperty("round").GetString());
        Assert.Equal(1, state.RootElement.GetProperty("step").GetInt32());
        Assert.StartsWith("BBBB", state.RootElement.GetProperty("block_id").GetProperty("hash").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task From_horcrux_and_away_to_a_plain_node()
    {
        using var guide = new MigrationGuide(Home.Directory);
        var key = guide.WriteNodeKey("safe/priv_validator_key.json");
        guide.Write("cosigner-1/cosmoshub-4_priv_validator_state.json", key.StateFile(At(98, Step.Prevote, Ask.A), withSignature: false, roundAsText: true));
        guide.Write("cosigner-2/cosmoshub-4_priv_validator_state.json", key.StateFile(Last, withSignature: false, roundAsText: true));
        foreach (var block in (string[])[.. MigrationGuide.Blocks("horcrux"), .. MigrationGuide.Blocks("away")])
        {
            var result = await guide.RunAsync(block);
            Output.WriteLine(result.Output);
            Assert.Equal(0, result.ExitCode);
        }

        using var state = JsonDocument.Parse(guide.Read("priv_validator_state.json"));
        Assert.Equal("100", state.RootElement.GetProperty("height").GetString());
        Assert.Equal(0, state.RootElement.GetProperty("round").GetInt32());
        Assert.Equal(3, state.RootElement.GetProperty("step").GetInt32());
    }

    [Fact]
    public void Every_command_of_the_guide_is_run_by_a_test()
    {
        var run = new[] { "plain-node", "tmkms", "horcrux", "away" }.Sum(name => MigrationGuide.Blocks(name).Length);
        Assert.Equal(Fence().Count(MigrationGuide.Text()) / 2, run);
    }

    private async Task<SignerConnection> StartAsync(MigrationGuide guide, NodeListener node, string directory, params string[] arguments)
    {
        var working = arguments[^1].Contains('/', StringComparison.Ordinal) ? "." : directory;
        var signer = Own(new SignerProcess(guide.Program(working), ["start", "-v", .. arguments], Home.Log));
        await signer.StartAsync(CancellationToken.None);
        return await AcceptAsync(node);
    }

    private static async Task SignsTheSameAndNothingElseAsync(SignerConnection connection, NodeKey key)
    {
        SignerReply again;
        do again = await SignAsync(connection, Last); // A busy machine: the journal is not read yet.
        while (again is SignerReply.Error { Text: var text } && text.Contains("deadline", StringComparison.Ordinal));
        Assert.Equal(key.Sign(Last), Assert.IsType<SignerReply.Signed>(again).Signature.ToArray());
        var other = Assert.IsType<SignerReply.Error>(await SignAsync(connection, Last with { Block = Ask.B }));
        Assert.Equal(2, other.Code);
        await SignsAsync(connection, At(101, Step.Prevote, Ask.B));
    }

    private static VoteMessage At(long height, Step step, BlockId block) =>
        new(Hub, new Hrs(height, 0, step), block, new Timestamp(1_700_000_000 + height, 0));

    private static string Address(NodeListener node) => node.Endpoint.ToString().Replace("tcp://", "", StringComparison.Ordinal);

    [GeneratedRegex("^```", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Fence();
}
