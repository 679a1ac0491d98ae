using Kms.Core.Signing;
using Xunit.Abstractions;

namespace Kms.Harness.Tests;

public class CorrectSignerTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_correct_signer_passes_every_check()
    {
        var report = await HarnessRun.WithAsync(Flaw.None);
        output.WriteLine(report.Text());
        Assert.Empty(report.Failures());
        Assert.True(report.Passed);
        Assert.Equal(60, report.Latency!.Count);
        var skipped = report.Results.Where(result => result.Outcome == CheckOutcome.Skip).Select(result => result.Check.Id);
        Assert.Equal(["extension.skipped", "extension.non-rp", "extension.non-rp-vote", "raw.sign", "raw.other-chain", "two-nodes", "hostile.handshake"], skipped);
    }

    /// <summary>Its signatures are OpenSSL's.</summary>
    [Fact]
    public async Task A_correct_signer_with_a_secp256k1_key_passes_every_check()
    {
        var report = await HarnessRun.WithAsync(Flaw.None, options => options with { VoteExtensions = true }, algorithm: KeyAlgorithm.Secp256k1);
        output.WriteLine(report.Text());
        Assert.Empty(report.Failures());
        Assert.True(report.Passed);
        Assert.StartsWith("secp256k1 0", report.Result("basics.public-key").Detail, StringComparison.Ordinal);
        Assert.Contains("Signer key:     secp256k1 0", report.Text(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Flaw.SignsInTheUpperHalf, "basics.first-signature", "the signature is not valid for the request")]
    [InlineData(Flaw.WrongPublicKey, "basics.first-signature", "the signature is not valid for the request")]
    [InlineData(Flaw.NoLengthPrefix, "basics.first-signature", "the length before the canonical message was not signed")]
    [InlineData(Flaw.HasNoPointForAKey, "basics.public-key", "the public key is not a point of secp256k1")]
    [InlineData(Flaw.HasAnUnknownKeyType, "basics.public-key", "the harness verifies Ed25519 and secp256k1 keys, the signer has none")]
    public async Task What_a_node_refuses_of_a_secp256k1_key_is_refused(Flaw flaw, string check, string reason)
    {
        var report = await HarnessRun.WithAsync(flaw, options => options, algorithm: KeyAlgorithm.Secp256k1);
        Assert.Equal([check], report.Failures());
        Assert.Contains(reason, report.Result(check).Detail, StringComparison.Ordinal);
    }
}
