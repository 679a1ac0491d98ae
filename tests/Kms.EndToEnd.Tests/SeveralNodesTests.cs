using System.Text.Json;
using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Harness;
using Kms.Host.Control;
using Kms.Testing;
using Xunit.Abstractions;

namespace Kms.EndToEnd.Tests;

/// <summary>Three nodes of one chain, each with its own connection, clock and pace.</summary>
public sealed class SeveralNodesTests(ITestOutputHelper output) : EndToEndTest(output)
{
    private const int Nodes = 3;

    /// <summary>The node that proposes a block of its own.</summary>
    private const int Contrary = 2;

    private const long FirstHeight = 2;
    private const long LastHeight = 41;

    private static readonly Hrs[] Positions =
    [
        .. from height in Enumerable.Range((int)FirstHeight, (int)(LastHeight - FirstHeight + 1))
           from step in Enum.GetValues<Step>()
           select new Hrs(height, 0, step),
    ];

    [Fact]
    public async Task Every_node_gets_every_vote_one_block_is_proposed_and_no_connection_is_lost()
    {
        var seed = Random.Shared.Next();
        Output.WriteLine($"seed {seed}");
        var listeners = Enumerable.Range(0, Nodes).Select(_ => Listen()).ToList();
        var signer = await SignerFor(listeners.Select(Pinned));
        await signer.StartAsync(CancellationToken.None);
        var connections = new List<SignerConnection>();
        foreach (var listener in listeners) connections.Add(await AcceptAsync(listener));
        await SignsAsync(connections[0], First);
        var answer = Assert.IsType<SignerReply.PublicKey>(await connections[0].GetPublicKeyAsync(Ask.Chain, CancellationToken.None));
        var (key, ledger, before) = (new PublicKey(KeyAlgorithm.Ed25519, answer.Bytes.Span), new SignatureLedger(), await CountsAsync());

        var pace = new Pace(Nodes);
        var answers = await Task.WhenAll(connections.Select((connection, node) => VoteAsync(node, connection, pace, new Random(seed + node))));

        foreach (var (asked, reply) in answers.SelectMany(each => each))
            if (reply is SignerReply.Signed) Assert.True(ledger.Observe(key, asked, reply).Genuine, $"{asked}: the signature is of no use");
        Assert.Empty(ledger.Conflicts);
        Assert.Empty(ledger.Warnings);
        Assert.Equal(Positions.Length, ledger.Positions);
        for (var i = 0; i < Positions.Length; i++) AssertShared([.. answers.Select(each => each[i])]);

        var signed = answers.Sum(each => each.Count(one => one.Reply is SignerReply.Signed));
        var refused = (Nodes * Positions.Length) - signed;
        var after = await CountsAsync();
        Assert.Equal((signed - Positions.Length, refused), (after.Again - before.Again, after.Refused - before.Refused));
        Output.WriteLine($"{signed} signed, {refused} refused, {after.Again} answered again");
        var status = (await RunAsync("status", "-c", Home.Config)).Output;
        Assert.Contains($"chain {Ask.Chain}: stands at {Positions[^1]}; {after.Again} requests answered again, ", status, StringComparison.Ordinal);

        // The connections of the beginning are those of the end, and nothing was said at the level of an error.
        foreach (var connection in connections)
        {
            Assert.IsType<SignerReply.Pong>(await connection.PingAsync(CancellationToken.None));
            await connection.DisposeAsync();
        }

        Assert.DoesNotContain(" ERROR ", signer.Text(), StringComparison.Ordinal);
    }

    // One node after the other through all positions; the foremost is never more than two steps ahead of one that still asks.
    private static async Task<List<(ConsensusMessage Asked, SignerReply Reply)>> VoteAsync(int node, SignerConnection connection, Pace pace, Random random)
    {
        var answers = new List<(ConsensusMessage, SignerReply)>();
        for (var i = 0; i < Positions.Length; i++)
        {
            await pace.MayAskAsync(i);
            await Task.Delay(random.Next(4));
            var asked = Message(Positions[i], node);
            answers.Add((asked, await connection.SignAsync(asked, CancellationToken.None)));
            pace.Done(node);
        }

        return answers;
    }

    private static ConsensusMessage Message(Hrs position, int node)
    {
        var time = new Timestamp(1_700_000_000 + position.Height.Value, 0);
        return position.Step == Step.Proposal
            ? new ProposalMessage(Ask.Chain, position, node == Contrary ? Ask.B : Ask.A, -1, time)
            : new VoteMessage(Ask.Chain, position, Ask.A, time with { Nanos = node });
    }

    // All that were signed got one signature, and only one of two proposals was signed.
    private static void AssertShared(List<(ConsensusMessage Asked, SignerReply Reply)> answers)
    {
        var signed = answers.Where(each => each.Reply is SignerReply.Signed).ToList();
        Assert.Single(signed.Select(each => Convert.ToHexString(((SignerReply.Signed)each.Reply).Signature.Span)).Distinct());
        var block = signed[0].Asked.Block;
        Assert.All(answers, each =>
        {
            if (each.Asked.Block == block) Assert.IsType<SignerReply.Signed>(each.Reply);
            else Assert.IsType<SignerReply.Error>(each.Reply);
        });
    }

    private async Task<(long Again, long Refused)> CountsAsync()
    {
        var status = await RunAsync("status", "--json", "-c", Home.Config);
        Assert.True(status.ExitCode == 0, status.Output);
        var counts = Assert.Single(JsonSerializer.Deserialize<SignerStatus>(status.Output, ControlWire.Json)!.Chains).Counts!;
        return (counts.Again, counts.Conflicts + counts.Regressions);
    }

    /// <summary>Keeps the nodes together.</summary>
    private sealed class Pace(int nodes)
    {
        private readonly int[] _done = new int[nodes];

        /// <summary>Returns when no node has to ask for a position more than two before this one.</summary>
        public async Task MayAskAsync(int position)
        {
            while (position > _done.Min() + 2) await Task.Delay(1);
        }

        public void Done(int node) => Interlocked.Increment(ref _done[node]);
    }
}
