using Kms.Core.Signing;
using Kms.Harness;
using Kms.Protocol.SignBytes;
using Kms.Testing;
using Xunit.Abstractions;

namespace Kms.EndToEnd.Tests;

/// <summary>The real program with a secp256k1 consensus key, over TCP: every check of the harness, one signature against OpenSSL, and kills.</summary>
public sealed class Secp256k1Tests(ITestOutputHelper output) : EndToEndTest(output, KeyAlgorithm.Secp256k1)
{
    [Fact]
    public async Task With_a_secp256k1_key_the_whole_harness_passes()
    {
        var node = Listen();
        var signer = await SignerFor([Pinned(node)]);
        await signer.StartAsync(CancellationToken.None);
        await using (var connection = await AcceptReadyAsync(node))
        {
            var publicKey = OpenSslSecp256k1.PublicKey(Convert.FromBase64String(await File.ReadAllTextAsync(Home.ConsensusKey)));
            var answer = Assert.IsType<SignerReply.PublicKey>(await connection.GetPublicKeyAsync(Ask.Chain, CancellationToken.None));
            Assert.Equal(("secp256k1", Convert.ToHexString(publicKey)), (answer.KeyType, Convert.ToHexString(answer.Bytes.Span)));
            await LogsAsync(signer, $"[keyring:softsign] added consensus ECDSA key: {Convert.ToHexString(publicKey)}");

            // Asked again, the same bytes: the nonce is no random number.
            var first = Assert.IsType<SignerReply.Signed>(await SignAsync(connection, First));
            var again = Assert.IsType<SignerReply.Signed>(await SignAsync(connection, First));
            Assert.Equal(first.Signature.ToArray(), again.Signature.ToArray());
            var bytes = CanonicalSignBytes.Vote(Ask.Chain, CanonicalSignBytes.PrevoteType, 1, 0, First.Block, First.Timestamp);
            Assert.True(OpenSslSecp256k1.Verifies(publicKey, bytes.Span, first.Signature.Span));
        }

        var report = await Checks.RunAsync(node, Output, extensions: true);
        Assert.True(report.Passed);
        Assert.Equal(CheckOutcome.Pass, report.Results.Single(r => r.Check.Id == "basics.extension").Outcome);
    }

    [Fact]
    public async Task Killed_with_a_secp256k1_key_it_contradicts_nothing()
    {
        var options = new DrillOptions(Ask.Chain.ToString(), 5) { Seed = Random.Shared.Next() };
        Output.WriteLine($"seed {options.Seed}");
        var node = Listen();
        var report = await CrashDrill.RunAsync(options, node, new SignatureLedger(), await SignerFor([Pinned(node)]), null, CancellationToken.None);
        Output.WriteLine(report.ToString());
        Assert.True(report.Passed);
    }
}
