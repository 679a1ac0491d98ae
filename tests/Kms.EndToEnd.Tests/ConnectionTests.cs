using Kms.Core.Consensus;
using Kms.Harness;
using Kms.Testing;
using Xunit.Abstractions;

namespace Kms.EndToEnd.Tests;

public sealed class ConnectionTests(ITestOutputHelper output) : EndToEndTest(output)
{
    [Fact]
    public async Task A_node_with_another_id_than_the_pinned_one_gets_no_signature()
    {
        var node = Listen();
        var signer = await SignerFor([node.Endpoint.ToString().Replace("tcp://", $"tcp://{new string('0', 40)}@", StringComparison.Ordinal)]);
        await signer.StartAsync(CancellationToken.None);
        for (var i = 0; i < 3; i++)
        {
            await using var connection = await AcceptAsync(node);
            Assert.IsType<SignerReply.Closed>(await SignAsync(connection, Vote(1, Step.Prevote, Ask.A)));
        }

        await LogsAsync(signer, $"validator peer ID mismatch! (expected {new string('0', 40)}, got {node.NodeId})");
    }

    [Fact]
    public async Task A_node_that_is_not_there_is_dialled_until_it_is()
    {
        var node = Listen();
        node.Pause();
        var signer = await SignerFor([Pinned(node)]);
        await signer.StartAsync(CancellationToken.None);
        await LogsAsync(signer, $" ERROR tmkms::session: [{Ask.Chain}@{Pinned(node)}] I/O error: Connection refused");

        Assert.Null(node.TryResume());
        await using var connection = await AcceptAsync(node);
        await SignsAsync(connection, First);
        await LogsAsync(signer, "connected to validator successfully");
    }

    [Fact]
    public async Task Without_reconnect_the_program_ends_with_1_when_its_connection_does()
    {
        var node = Listen();
        var signer = await SignerFor([Pinned(node)], reconnect: false);
        await signer.StartAsync(CancellationToken.None);
        await using (await AcceptReadyAsync(node)) { }

        Assert.Equal(1, await signer.ExitAsync(Patience, CancellationToken.None));
        Assert.Contains("no validator connection is left (reconnect = false)", signer.Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_nodes_of_one_chain_get_the_same_signature_or_none()
    {
        var (one, two) = (Listen(), Listen());
        var signer = await SignerFor([Pinned(one), Pinned(two)]);
        await signer.StartAsync(CancellationToken.None);
        await using var first = await AcceptReadyAsync(one);
        await using var second = await AcceptAsync(two);

        for (var height = 2; height <= 20; height++)
        {
            // Both at once: whoever comes first, the other gets the same bytes.
            var vote = Vote(height, Step.Prevote, Ask.A);
            var same = await Task.WhenAll(SignAsync(first, vote), SignAsync(second, vote));
            Assert.All(same, reply => Assert.IsType<SignerReply.Signed>(reply));
            Assert.Equal(Signature(same[0]), Signature(same[1]));

            var rivals = await Task.WhenAll(
                SignAsync(first, Vote(height, Step.Precommit, Ask.A)),
                SignAsync(second, Vote(height, Step.Precommit, height % 2 == 0 ? Ask.B : null)));
            var refusal = Assert.Single(rivals.OfType<SignerReply.Error>());
            Assert.Single(rivals.OfType<SignerReply.Signed>());
            Assert.Contains("double sign", refusal.Text, StringComparison.OrdinalIgnoreCase);
        }
    }

    private static string Signature(SignerReply reply) => Convert.ToHexString(((SignerReply.Signed)reply).Signature.Span);
}
