using Xunit.Abstractions;

namespace Kms.Harness.Tests;

/// <summary>A harness is worth what it catches: each flaw must fail its own checks and no others.</summary>
public class BrokenSignerTests(ITestOutputHelper output)
{
    private const string FirstSignature = "basics.first-signature";

    public static TheoryData<Flaw, string[]> Flaws => new()
    {
        { Flaw.SignsOtherPrevote, ["conflict.prevote", "conflict.block-and-timestamp", "conflict.then-again", "reconnect.memory"] },
        { Flaw.SignsOtherProposal, ["conflict.proposal"] },
        { Flaw.SignsBlockAfterNil, ["conflict.nil-to-block", "conflict.nil-to-block-precommit"] },
        { Flaw.SignsOtherPartsTotal, ["conflict.parts-total"] },
        { Flaw.SignsOtherPolRound, ["conflict.pol-round"] },
        { Flaw.OldSignatureForNewProposalTimestamp, ["again.proposal-timestamp"] },
        { Flaw.HangsUpOnRegression, ["regression.height", "regression.round", "regression.step", "regression.proposal", "regression.then-sign", "latency.refusals"] },
        { Flaw.HangsUpOnWrongChain, ["chain.public-key", "chain.vote", "chain.proposal", "chain.empty", "chain.long"] },
        { Flaw.SignsForAnyChain, ["chain.public-key", "chain.vote", "chain.proposal", "chain.empty", "chain.long"] },
        { Flaw.ExtensionSignatureOnPrevote, ["extension.on-prevote", "extension.on-nil"] },
        { Flaw.LongErrors, ["chain.long"] },
        { Flaw.ForgetsOnReconnect, ["reconnect.memory"] },
        { Flaw.OneBlockPerRound, ["steps.other-block", "steps.proposal-then-other"] },
        { Flaw.HangsUpOnUnknownVoteType, ["shape.type-unknown", "shape.type-proposal"] },
        { Flaw.SilentOnPing, ["basics.ping"] },
        { Flaw.WrongPublicKey, [FirstSignature] },
        { Flaw.NoLengthPrefix, [FirstSignature] },
    };

    [Theory]
    [MemberData(nameof(Flaws))]
    public async Task A_flaw_fails_exactly_the_checks_that_are_about_it(Flaw flaw, string[] expected)
    {
        var report = await HarnessRun.WithAsync(flaw);
        output.WriteLine(report.Text());
        Assert.Equal(expected, report.Failures());
        Assert.False(report.Passed);
    }

    [Theory]
    [InlineData(Flaw.SignsOtherPrevote)]
    [InlineData(Flaw.SignsOtherProposal)]
    [InlineData(Flaw.SignsBlockAfterNil)]
    [InlineData(Flaw.SignsOtherPartsTotal)]
    [InlineData(Flaw.ForgetsOnReconnect)]
    public async Task Two_signatures_that_conflict_are_called_a_double_sign(Flaw flaw)
    {
        var report = await HarnessRun.WithAsync(flaw);
        Assert.NotEmpty(report.Conflicts);
        Assert.All(report.Results.Where(result => result.Outcome == CheckOutcome.Fail), result => Assert.StartsWith("DOUBLE SIGN", result.Detail));
    }

    [Fact]
    public async Task A_signer_that_hangs_up_is_waited_for_and_checked_on()
    {
        var report = await HarnessRun.WithAsync(Flaw.HangsUpOnRegression);
        Assert.Contains("hung up", report.Result("regression.height").Detail, StringComparison.Ordinal);
        Assert.Equal(CheckOutcome.Pass, report.Result("latency").Outcome);
    }

    [Fact]
    public async Task A_signer_that_never_dials_again_fails_the_redial_and_the_rest_is_skipped()
    {
        var report = await HarnessRun.WithAsync(Flaw.NeverRedials, Impatient);
        Assert.Equal(["reconnect.redial"], report.Failures());
        var rest = report.Results.SkipWhile(result => result.Check.Id != "reconnect.redial").Skip(1);
        Assert.All(rest, result => Assert.Equal(CheckOutcome.Skip, result.Outcome));
        Assert.Contains("did not come back", report.Result("latency").Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_signer_killed_by_garbage_fails_that_check()
    {
        var report = await HarnessRun.WithAsync(Flaw.DiesOfGarbage, Impatient);
        var failure = Assert.Single(report.Failures());
        Assert.StartsWith("hostile.", failure, StringComparison.Ordinal);
        Assert.Contains("did not come back", report.Result(failure).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_encoding_of_nil_fails_the_votes_for_nil()
    {
        var failures = (await HarnessRun.WithAsync(Flaw.NilWrittenAsEmptyBlock)).Failures();
        Assert.Contains("basics.nil-votes", failures);
        Assert.DoesNotContain("basics.heights", failures);
    }

    [Fact]
    public async Task A_vote_reply_with_a_timestamp_that_is_not_signed_is_invalid()
    {
        var report = await HarnessRun.WithAsync(Flaw.NewTimestampWithOldVoteSignature);
        Assert.Equal(["again.vote-timestamp", "again.precommit-timestamp", "extension.changed"], report.Failures());
        Assert.Contains("given before", report.Result("again.vote-timestamp").Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_signature_over_a_later_timestamp_is_a_warning()
    {
        var report = await HarnessRun.WithAsync(Flaw.SecondSignatureForNewVoteTimestamp);
        Assert.Empty(report.Failures());
        Assert.Equal(3, report.Warnings.Count);
        Assert.Contains("two timestamps", report.Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_signature_along_with_an_error_is_a_signature()
    {
        var report = await HarnessRun.WithAsync(Flaw.SignatureAlongWithError);
        Assert.StartsWith("DOUBLE SIGN", report.Result("conflict.prevote").Detail, StringComparison.Ordinal);
        Assert.Contains("along with the error", report.Result("regression.step").Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_extension_signature_fails_where_extensions_are_on()
    {
        var report = await HarnessRun.WithAsync(Flaw.NoExtensionSignature);
        Assert.Contains("basics.extension", report.Failures());
        Assert.Contains("the node panics", report.Result("basics.extension").Detail, StringComparison.Ordinal);
        Assert.Empty((await HarnessRun.WithAsync(Flaw.NoExtensionSignature, extensions: false)).Failures());
    }

    [Fact]
    public async Task An_extension_signature_missing_from_a_repeated_reply_fails_the_repetitions()
    {
        // A lost reply may or may not have been made before the connection went.
        var failures = (await HarnessRun.WithAsync(Flaw.NoExtensionSignatureWhenAskedAgain)).Failures().Where(id => id != "reconnect.lost-reply");
        Assert.Equal(["again.precommit", "again.precommit-timestamp", "extension.changed"], failures);
    }

    private static HarnessOptions Impatient(HarnessOptions options) =>
        options with { AcceptTimeout = TimeSpan.FromSeconds(2), RedialTimeout = TimeSpan.FromSeconds(1), VoteExtensions = true };
}
