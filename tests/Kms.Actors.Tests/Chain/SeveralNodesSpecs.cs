using Akka.Actor;
using Kms.Actors.Chain;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Core.Signing;
using Kms.Testing;

namespace Kms.Actors.Tests.Chain;

/// <summary>Several nodes of one chain ask, each at its own pace.</summary>
public sealed class SeveralNodesSpecs : IAsyncLifetime
{
    private readonly ChainWorld _world = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _world.DisposeAsync().AsTask();

    [Fact]
    public async Task A_node_that_is_behind_gets_what_the_first_one_got_and_nothing_is_signed_or_stored_for_it()
    {
        var chain = _world.StartNew();
        SignRequest[] height = [Canonical.Proposal(5, 0, Ask.A), Canonical.Prevote(5, 0, Ask.A), Canonical.Precommit(5, 0, Ask.A), Canonical.Prevote(6, 0, null)];
        var replies = new List<SignReply>();
        foreach (var request in height) replies.Add(await ChainWorld.Sign(chain, request));
        var (given, stored) = (_world.Key.Given.Count, _world.Events.Count);

        Assert.Equal(replies, [.. await Task.WhenAll(height.Select(request => ChainWorld.Sign(chain, request)))]);
        Assert.Equal(replies[1], await ChainWorld.Sign(chain, Canonical.Prevote(5, 0, Ask.A, at: 7)));
        Assert.Equal(replies[2], await ChainWorld.Sign(chain, Canonical.Precommit(5, 0, Ask.A, at: 7)));
        foreach (var other in new SignRequest[] { Canonical.Proposal(5, 0, Ask.B), Canonical.Proposal(5, 0, Ask.A, at: 7), Canonical.Prevote(5, 0, null) })
            ChainWorld.AssertRefused(RefusalReason.HeightRegression, await ChainWorld.Sign(chain, other));
        ChainWorld.AssertRefused(RefusalReason.DoubleSign, await ChainWorld.Sign(chain, Canonical.Prevote(6, 0, Ask.A)));

        Assert.Equal((given, stored), (_world.Key.Given.Count, _world.Events.Count));
        Assert.Equal(new ChainCounts(Again: 6, Conflicts: 1, Regressions: 3), await Counts(chain));
    }

    [Fact]
    public async Task The_extension_must_be_the_one_that_was_signed()
    {
        var chain = _world.StartNew();
        var request = Canonical.Precommit(5, 0, Ask.A, extension: "data");
        _world.Extensions.Add(request.ExtensionSignBytes!);
        var reply = _world.AssertSigned(await ChainWorld.Sign(chain, request), request.SignBytes);
        _world.AssertSigned(await ChainWorld.Sign(chain, Canonical.Prevote(6, 0, Ask.A)), Canonical.Prevote(6, 0, Ask.A).SignBytes);

        Assert.NotNull(reply.ExtensionSignature);
        Assert.Equal(reply, await ChainWorld.Sign(chain, Canonical.Precommit(5, 0, Ask.A, at: 2, extension: "data")));
        ChainWorld.AssertRefused(RefusalReason.HeightRegression, await ChainWorld.Sign(chain, Canonical.Precommit(5, 0, Ask.A, extension: "other")));
        ChainWorld.AssertRefused(RefusalReason.HeightRegression, await ChainWorld.Sign(chain, Canonical.Precommit(5, 0, Ask.A)));
    }

    [Fact]
    public async Task Where_no_extensions_are_signed_they_do_not_matter()
    {
        var chain = _world.StartNew(_world.Options with { SignExtensions = false });
        var reply = await ChainWorld.Sign(chain, Canonical.Precommit(5, 0, Ask.A, extension: "data"));
        _world.AssertSigned(await ChainWorld.Sign(chain, Canonical.Prevote(6, 0, Ask.A)), Canonical.Prevote(6, 0, Ask.A).SignBytes);

        Assert.Equal(reply, await ChainWorld.Sign(chain, Canonical.Precommit(5, 0, Ask.A, extension: "other")));
    }

    [Fact]
    public async Task After_a_restart_a_node_that_is_behind_is_refused()
    {
        var chain = _world.StartNew();
        foreach (var height in new[] { 5, 6 }) await ChainWorld.Sign(chain, Canonical.Prevote(height, 0, Ask.A));
        Assert.IsType<SignReply.Signed>(await ChainWorld.Sign(chain, Canonical.Prevote(5, 0, Ask.A)));

        await ChainWorld.Crash(chain);
        ChainWorld.AssertRefused(RefusalReason.HeightRegression, await ChainWorld.SignAgainAndAgain(chain, Canonical.Prevote(5, 0, Ask.A)));
    }

    [Fact]
    public async Task What_was_recorded_and_not_signed_stays_refused()
    {
        var chain = _world.StartNew();
        _world.Key.Next(_ => SignOutcome.Failed("the device is gone"));
        ChainWorld.AssertRefused(RefusalReason.SignerFailed, await ChainWorld.Sign(chain, Canonical.Prevote(5, 0, Ask.A)));
        Assert.IsType<SignReply.Signed>(await ChainWorld.Sign(chain, Canonical.Precommit(5, 0, Ask.A)));

        ChainWorld.AssertRefused(RefusalReason.StepRegression, await ChainWorld.Sign(chain, Canonical.Prevote(5, 0, Ask.A)));
    }

    // Another signer may have signed another message where the reply of this one was lost on its way.
    [Theory, InlineData(1), InlineData(5), InlineData(9)]
    public async Task A_claim_of_another_signer_makes_it_forget_whether_the_claim_is_believed_or_not(long height)
    {
        var chain = _world.StartNew();
        foreach (var signed in new[] { 5, 6 }) await ChainWorld.Sign(chain, Canonical.Prevote(signed, 0, Ask.A));

        var claim = new FloorClaim(new Hrs(height, 0, Step.Prevote), "state_file") { Message = SignedMessage.Of(Canonical.Prevote(height, 0, Ask.B)) };
        var child = await ChainWorld.Child(chain);
        Assert.Null((await child.Ask<ChainMessages.FloorResult>(new ChainMessages.RaiseFloor(claim), ChainWorld.Patience)).Error);

        ChainWorld.AssertRefused(RefusalReason.HeightRegression, await ChainWorld.Sign(chain, Canonical.Prevote(5, 0, Ask.A)));
    }

    private static async Task<ChainCounts> Counts(IActorRef chain) =>
        (await chain.Ask<ChainMessages.State>(ChainMessages.GetState.Instance, ChainWorld.Patience)).Counts;
}
