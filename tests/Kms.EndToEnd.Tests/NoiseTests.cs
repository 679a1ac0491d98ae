using System.Net;
using Kms.Core.Consensus;
using Kms.Harness;
using Kms.Host.Composition;
using Kms.Host.Demo;
using Kms.Protocol.KeyEncoding;
using Kms.Testing;
using Xunit.Abstractions;

namespace Kms.EndToEnd.Tests;

/// <summary>The real program over noise://, against a node whose Noise is not ours.</summary>
public sealed class NoiseTests(ITestOutputHelper output) : EndToEndTest(output)
{
    [Fact]
    public async Task Over_noise_with_both_ends_pinned_the_whole_harness_passes()
    {
        var node = ListenForNoise(SignerPeerId());
        var signer = await SignerFor([Pinned(node)]);
        await signer.StartAsync(CancellationToken.None);
        await using (await AcceptReadyAsync(node)) { }
        var report = await Checks.RunAsync(node, Output, extensions: true);
        Assert.True(report.Passed);
        Assert.Equal(CheckOutcome.Pass, report.Results.Single(r => r.Check.Id == "hostile.handshake").Outcome);
        Assert.Equal(CheckOutcome.Pass, report.Results.Single(r => r.Check.Id == "reconnect.node-restart").Outcome);
        Assert.Contains($" INFO tmkms::connection::noise: KMS peer ID: {SignerPeerId()}\n", signer.Text(), StringComparison.Ordinal);
        Assert.DoesNotContain("unverified", signer.Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_that_restarts_is_found_again_under_its_peer_id()
    {
        var node = ListenForNoise(SignerPeerId());
        var signer = await SignerFor([Pinned(node)]);
        await signer.StartAsync(CancellationToken.None);
        await using (await AcceptReadyAsync(node)) node.Pause();
        await LogsAsync(signer, $" ERROR tmkms::session: [{Ask.Chain}@{Pinned(node)}] I/O error: Connection refused");

        Assert.Null(node.TryResume());
        await using var connection = await AcceptAsync(node);
        await SignsAsync(connection, Vote(2, Step.Prevote, Ask.A));
    }

    [Fact]
    public async Task A_node_with_another_peer_id_than_the_pinned_one_gets_no_signature()
    {
        var (node, other) = (ListenForNoise(), ListenForNoise());
        var signer = await SignerFor([Pinned(node).Replace($"{node.PeerId}", $"{other.PeerId}", StringComparison.Ordinal)]);
        await signer.StartAsync(CancellationToken.None);
        using var enough = new CancellationTokenSource();
        var accepting = node.AcceptAsync(Patience, enough.Token);
        await LogsAsync(signer, $"noise handshake failed: peer ID mismatch! (expected {other.PeerId}, got {node.PeerId})");
        await enough.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => accepting);
        Assert.DoesNotContain("connected to validator", signer.Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reload_moves_a_validator_from_tcp_to_noise()
    {
        var (tcp, noise) = (Listen(), ListenForNoise(SignerPeerId()));
        var signer = await SignerFor([Pinned(tcp)]);
        await signer.StartAsync(CancellationToken.None);
        await using var old = await AcceptReadyAsync(tcp);

        Home.WriteConfig([Pinned(noise)]);
        signer.Send(SignerProcess.SigHup);
        await using var connection = await AcceptAsync(noise);
        await SignsAsync(connection, Vote(2, Step.Prevote, Ask.A));
        await LogsAsync(signer, $"tmkms::reload: reload: validator {Ask.Chain}@{Pinned(noise)} added");
        Assert.IsType<SignerReply.Closed>(await old.PingAsync(CancellationToken.None));
    }

    private NodeListener ListenForNoise(PeerId? signer = null) => Listen(new HarnessEndpoint.Noise(IPAddress.Loopback, 0) { Signer = signer });

    private PeerId SignerPeerId()
    {
        Assert.True(IdentityKeyFile.TryLoad(Home.IdentityKey, out var identity, out var error), error);
        using (identity) return identity.PeerId;
    }
}
