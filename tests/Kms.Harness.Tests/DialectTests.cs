using Kms.Core.Signing;
using Xunit.Abstractions;

namespace Kms.Harness.Tests;

/// <summary>Each dialect's own checks: a correct signer passes them, a flaw fails those that are about it.</summary>
public class DialectTests(ITestOutputHelper output)
{
    public static TheoryData<string, bool, bool> Settings
    {
        get
        {
            var data = new TheoryData<string, bool, bool>();
            foreach (var dialect in Dialect.All)
                foreach (var extensions in dialect.ExtensionSignatures > 0 ? new[] { false, true } : [false])
                    foreach (var raw in dialect.RawBytes is not null ? new[] { false, true } : [false])
                        data.Add(dialect.Name, extensions, raw);
            return data;
        }
    }

    public static TheoryData<string, bool, bool, Flaw, string[]> Flaws => new()
    {
        { "v1.0", false, false, Flaw.OldPublicKeyOnly, ["basics.public-key"] },
        { "v2.0", false, false, Flaw.OldPublicKeyOnly, ["basics.public-key"] },
        { "v0.34", false, false, Flaw.NewPublicKeyOnly, ["basics.public-key"] },
        { "v0.40", false, false, Flaw.NewPublicKeyOnly, ["basics.public-key"] },
        { "celestia", false, false, Flaw.NewPublicKeyOnly, ["basics.public-key"] },
        { "v0.34", false, false, Flaw.NoExtensionSignature, [] },
        { "v1.0", true, false, Flaw.ExtensionSignatureOnPrevote, ["extension.on-prevote", "extension.on-nil"] },
        { "v2.0", true, false, Flaw.NoSignatureOverEmptyExtension, ["extension.non-rp"] },
        { "v1.0", true, false, Flaw.NoSecondExtensionSignature, [] },
        { "v0.38", true, false, Flaw.RefusesOtherExtension, ["extension.changed"] },
        { "v1.0", true, false, Flaw.OldExtensionSignature, ["extension.changed"] },
        { "v2.0", true, false, Flaw.SignsVoteAsExtension, ["extension.non-rp-vote"] },
        { "v1.0", false, false, Flaw.SignsRawBytesUnasked, ["raw.sign"] },
        { "celestia", false, false, Flaw.SignsRawBytesUnasked, ["raw.sign"] },
        { "v0.38", false, false, Flaw.SignsVoteAsRawBytes, [] },
        { "v1.0", false, true, Flaw.SignsVoteAsRawBytes, ["raw.vote"] },
        { "v2.0", true, true, Flaw.SignsVoteAsRawBytes, ["raw.vote"] },
        { "celestia", false, true, Flaw.SignsVoteAsRawBytes, [] },
        { "celestia", false, true, Flaw.RawBytesWithoutPrefix, ["raw.sign"] },
        { "celestia", false, true, Flaw.SignsForAnyChain, ["raw.other-chain", "chain.public-key", "chain.vote", "chain.proposal", "chain.empty", "chain.long"] },
        { "v0.38", false, false, Flaw.HangsUpOnRawBytes, ["raw.vote"] },
        { "v1.0", false, false, Flaw.HangsUpOnRawBytes, ["raw.sign", "raw.vote"] },
        { "v0.38", false, false, Flaw.HangsUpOnUnknownRequest, ["unknown.request"] },
        { "v1.0", false, false, Flaw.RefusesUnknownFields, ["unknown.fields"] },
        { "v1.0", false, false, Flaw.IgnoresSkip, [] },
        { "v0.37", false, false, Flaw.SignsOtherPrevote, ["conflict.prevote", "conflict.block-and-timestamp", "conflict.then-again", "reconnect.memory"] },
    };

    [Theory]
    [MemberData(nameof(Settings))]
    public async Task A_correct_signer_passes_in_every_dialect(string dialect, bool extensions, bool raw)
    {
        var report = await HarnessRun.InAsync(dialect, extensions, raw);
        output.WriteLine(report.Text());
        Assert.Empty(report.Failures());
        Assert.Empty(report.Warnings);
        var spoken = Dialect.Find(dialect)!;
        Assert.Equal(spoken, report.Dialect);
        Ran("basics.extension", extensions);
        Ran("extension.changed", extensions);
        Ran("extension.on-prevote", spoken.ExtensionSignatures > 0);
        Ran("extension.skipped", dialect is "v1.0" or "v2.0");
        Ran("extension.non-rp", extensions && dialect == "v2.0");
        Ran("extension.non-rp-vote", extensions && dialect == "v2.0");
        Ran("raw.sign", spoken.RawBytes is not null);
        Ran("raw.other-chain", dialect == "celestia");

        void Ran(string id, bool expected) => Assert.Equal(expected ? CheckOutcome.Pass : CheckOutcome.Skip, report.Result(id).Outcome);
    }

    [Theory]
    [InlineData("v1.0")]
    [InlineData("v2.0")]
    [InlineData("celestia")]
    public async Task A_correct_signer_with_a_secp256k1_key_passes_too(string dialect) =>
        Assert.Empty((await HarnessRun.InAsync(dialect, extensions: true, raw: true, algorithm: KeyAlgorithm.Secp256k1)).Failures());

    [Theory]
    [MemberData(nameof(Flaws))]
    public async Task A_flaw_fails_exactly_the_checks_that_are_about_it(string dialect, bool extensions, bool raw, Flaw flaw, string[] expected)
    {
        var report = await HarnessRun.InAsync(dialect, extensions, raw, flaw);
        output.WriteLine(report.Text());
        Assert.Equal(expected, report.Failures());
    }

    [Theory]
    [InlineData("v2.0", true, false, Flaw.SignsVoteAsExtension, "extension.non-rp-vote")]
    [InlineData("v1.0", false, true, Flaw.SignsVoteAsRawBytes, "raw.vote")]
    public async Task A_vote_signed_under_another_name_is_a_double_sign(string dialect, bool extensions, bool raw, Flaw flaw, string check)
    {
        var report = await HarnessRun.InAsync(dialect, extensions, raw, flaw);
        Assert.StartsWith("DOUBLE SIGN", report.Result(check).Detail, StringComparison.Ordinal);
        Assert.NotEmpty(report.Conflicts);
    }

    [Fact]
    public async Task Without_the_second_extension_signature_a_node_of_2_0_panics()
    {
        var report = await HarnessRun.InAsync("v2.0", extensions: true, raw: false, Flaw.NoSecondExtensionSignature);
        Assert.Contains("basics.extension", report.Failures());
        Assert.Contains("non-replay-protected extension is missing: the node panics", report.Result("extension.non-rp").Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Flaw.None, "signed without an extension signature")]
    [InlineData(Flaw.IgnoresSkip, "signed, with an extension signature that nobody wanted")]
    public async Task A_skipped_extension_that_is_signed_is_noted(Flaw flaw, string expected)
    {
        var report = await HarnessRun.InAsync("v1.0", extensions: true, raw: false, flaw);
        Assert.Empty(report.Failures());
        Assert.Equal(expected, report.Result("extension.skipped").Detail);
    }

    [Fact]
    public async Task A_vote_behind_Celestias_prefix_is_noted()
    {
        var report = await HarnessRun.InAsync("celestia", extensions: false, raw: true, Flaw.SignsVoteAsRawBytes);
        Assert.Contains("which makes it no vote", report.Result("raw.vote").Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_in_the_wrong_fields_is_explained()
    {
        var report = await HarnessRun.InAsync("v1.0", extensions: false, raw: false, Flaw.OldPublicKeyOnly);
        Assert.Contains("a v1.0 node reads pub_key_bytes and pub_key_type (fields 3 and 4)", report.Result("basics.public-key").Detail, StringComparison.Ordinal);
    }
}
