using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Harness;
using Kms.Host.Demo;
using Kms.Testing;
using Xunit.Abstractions;

namespace Kms.EndToEnd.Tests;

public sealed class StopTests(ITestOutputHelper output) : EndToEndTest(output)
{
    [Theory]
    [InlineData(SignerProcess.SigTerm)]
    [InlineData(SignerProcess.SigInt)]
    public async Task Stopped_while_it_signs_it_answers_what_it_signed_and_ends_with_0(int signal)
    {
        var node = Listen();
        var signer = await SignerFor([Pinned(node)]);
        var ledger = new SignatureLedger();
        await signer.StartAsync(CancellationToken.None);
        var (last, key) = await SignUntilStopped(node, signer, signal, ledger);

        Assert.Equal(0, await signer.ExitAsync(Patience, CancellationToken.None));
        var state = await RunAsync("state", "show", "-c", Home.Config, Ask.Chain.ToString());
        Assert.Equal(0, state.ExitCode);
        Assert.Contains($"last signed: {last.Hrs} {last.Hrs.Step} {last.Block!.Abbreviated}\n", state.Output, StringComparison.Ordinal);

        await signer.StartAsync(CancellationToken.None);
        await using var connection = await AcceptAsync(node);
        await SignsAsync(connection, last);
        Assert.IsType<SignerReply.Error>(await Observed(connection, last with { Block = Ask.B }));
        Assert.IsType<SignerReply.Error>(await Observed(connection, last with { Block = null }));
        Assert.IsType<SignerReply.Signed>(await Observed(connection, last));
        Assert.IsType<SignerReply.Signed>(await Observed(connection, Vote(last.Hrs.Height.Value + 1, Step.Prevote, Ask.B)));
        Assert.Empty(ledger.Conflicts);
        Assert.Empty(ledger.Warnings);

        async Task<SignerReply> Observed(SignerConnection to, VoteMessage vote)
        {
            var reply = await SignAsync(to, vote);
            Assert.Equal(reply is SignerReply.Signed, ledger.Observe(key, vote, reply).Genuine);
            return reply;
        }
    }

    /// <summary>Signs one vote after the other; the signal comes while it does.</summary>
    /// <returns>The last vote that was signed.</returns>
    private static async Task<(VoteMessage Last, PublicKey Key)> SignUntilStopped(
        NodeListener node, SignerProcess signer, int signal, SignatureLedger ledger)
    {
        await using var connection = await AcceptReadyAsync(node);
        var answer = Assert.IsType<SignerReply.PublicKey>(await connection.GetPublicKeyAsync(Ask.Chain, CancellationToken.None));
        var key = new PublicKey(KeyAlgorithm.Ed25519, answer.Bytes.Span);
        Task? stop = null;
        VoteMessage? last = null;
        for (var height = 2; ; height++)
        {
            foreach (var vote in new[] { Vote(height, Step.Prevote, Ask.A), Vote(height, Step.Precommit, Ask.A) })
            {
                var reply = await SignAsync(connection, vote);
                if (reply is SignerReply.Closed closed)
                {
                    Assert.True(stop is not null, $"closed before the signal: {closed}");
                    Assert.DoesNotContain("bytes of a reply", closed.Reason, StringComparison.Ordinal);
                    await stop;
                    return (last!, key);
                }

                Assert.IsType<SignerReply.Signed>(reply);
                Assert.True(ledger.Observe(key, vote, reply).Genuine);
                last = vote;
            }

            if (height == 20) stop = Task.Run(() => signer.Send(signal));
        }
    }
}
