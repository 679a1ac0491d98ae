using Kms.Core.Consensus;
using static Kms.Harness.Checks.Turn;

namespace Kms.Harness.Checks;

/// <summary>Attempts to make a signer contradict itself, and requests that look like one but must be signed
/// (cometbft spec/consensus/signing.md; evidence is two blocks at one height, round and type).</summary>
internal static class DoubleSignChecks
{
    private const string Refuse = "an error reply on an open connection; a lagging node asks such things";
    private const string RefuseConflict = "an error reply: a second signature here would be a double sign";
    private const string Again = "a valid signature again: a node that lost the reply asks once more";
    private const string Sign = "a valid signature: each step of a round stands alone, a refusal is a missed vote";

    public static IEnumerable<Check> All => [.. Regressions, .. SamePosition, .. OtherBlock, .. AcrossSteps];

    private static IEnumerable<Check> Regressions =>
    [
        new("regression.height", "A vote one height below the last", Refuse, scene =>
            [MustSign(scene.Prevote(scene.A)), MustRefuse(scene.Below.Precommit(scene.A))]),
        new("regression.round", "A vote one round below the last", Refuse, scene =>
            [MustSign(scene.Prevote(scene.A, round: 3)), MustRefuse(scene.Precommit(scene.A, round: 2))]),
        new("regression.step", "A prevote after the precommit of its round", Refuse, scene =>
            [MustSign(scene.Precommit(scene.A)), MustRefuse(scene.Prevote(scene.A))]),
        new("regression.proposal", "A proposal after the prevote of its round", Refuse, scene =>
            [MustSign(scene.Prevote(scene.A)), MustRefuse(scene.Proposal(scene.A))]),
        new("regression.then-sign", "The next vote after a refused one", "signed on the same connection, as if nothing had happened", scene =>
            [MustSign(scene.Prevote(scene.A)), MustRefuse(scene.Below.Prevote(scene.A)), MustSign(scene.Precommit(scene.A))]),
    ];

    private static IEnumerable<Check> SamePosition =>
    [
        new("again.prevote", "The same prevote twice", Again, scene => [MustSign(scene.Prevote(scene.A)), MustSign(scene.Prevote(scene.A))]),
        new("again.precommit", "The same precommit twice", Again, scene => [MustSign(scene.Precommit(scene.A)), MustSign(scene.Precommit(scene.A))]),
        new("again.nil", "The same nil vote twice", Again, scene => [MustSign(scene.Prevote(null)), MustSign(scene.Prevote(null))]),
        new("again.proposal", "The same proposal twice", Again, scene => [MustSign(scene.Proposal(scene.A)), MustSign(scene.Proposal(scene.A))]),
        new("again.vote-timestamp", "The same vote with a later timestamp",
            "a valid signature over the timestamp in the reply, best the first one", scene =>
            [MustSign(scene.Prevote(scene.A)), MustSign(scene.Prevote(scene.A) with { Timestamp = scene.Later })]),
        new("again.precommit-timestamp", "The same precommit with a later timestamp",
            "a valid signature over the timestamp in the reply, best the first one", scene =>
            [MustSign(scene.Precommit(scene.A)), MustSign(scene.Precommit(scene.A) with { Timestamp = scene.Later })]),
        new("again.proposal-timestamp", "The same proposal with a later timestamp",
            "a signature over the new timestamp, or an error; an old signature would make the node publish an invalid proposal", scene =>
            [MustSign(scene.Proposal(scene.A)), MayRefuse(scene.Proposal(scene.A) with { Timestamp = scene.Later })]),
    ];

    private static IEnumerable<Check> OtherBlock =>
    [
        new("conflict.prevote", "A prevote for another block", RefuseConflict, scene =>
            [MustSign(scene.Prevote(scene.A)), MustRefuse(scene.Prevote(scene.B))]),
        new("conflict.precommit", "A precommit for another block", RefuseConflict, scene =>
            [MustSign(scene.Precommit(scene.A)), MustRefuse(scene.Precommit(scene.B))]),
        new("conflict.nil-to-block", "A prevote for a block after one for nil", RefuseConflict, scene =>
            [MustSign(scene.Prevote(null)), MustRefuse(scene.Prevote(scene.A))]),
        new("conflict.block-to-nil", "A prevote for nil after one for a block", RefuseConflict, scene =>
            [MustSign(scene.Prevote(scene.A)), MustRefuse(scene.Prevote(null))]),
        new("conflict.nil-to-block-precommit", "A precommit for a block after one for nil", RefuseConflict, scene =>
            [MustSign(scene.Precommit(null)), MustRefuse(scene.Precommit(scene.A))]),
        new("conflict.block-to-nil-precommit", "A precommit for nil after one for a block", RefuseConflict, scene =>
            [MustSign(scene.Precommit(scene.A)), MustRefuse(scene.Precommit(null))]),
        new("conflict.parts-total", "The same block hash with another number of parts", RefuseConflict, scene =>
            [MustSign(scene.Prevote(scene.A)), MustRefuse(scene.Prevote(scene.A with { PartsTotal = scene.A.PartsTotal + 1 }))]),
        new("conflict.parts-hash", "The same block hash with another part set hash", RefuseConflict, scene =>
            [MustSign(scene.Precommit(scene.A)), MustRefuse(scene.Precommit(scene.A with { PartsHash = scene.B.PartsHash }))]),
        new("conflict.block-and-timestamp", "Another block and another timestamp", RefuseConflict, scene =>
            [MustSign(scene.Prevote(scene.A)), MustRefuse(scene.Prevote(scene.B) with { Timestamp = scene.Later })]),
        new("conflict.proposal", "A proposal of another block", RefuseConflict, scene =>
            [MustSign(scene.Proposal(scene.A)), MustRefuse(scene.Proposal(scene.B))]),
        new("conflict.pol-round", "The same proposal with another proof-of-lock round", RefuseConflict, scene =>
            [MustSign(scene.Proposal(scene.A, round: 2, polRound: 0)), MustRefuse(PolRoundOne(scene))]),
        new("conflict.then-again", "The first block once more after a conflict was refused", Again, scene =>
            [MustSign(scene.Prevote(scene.A)), MustRefuse(scene.Prevote(scene.B)), MustSign(scene.Prevote(scene.A))]),
    ];

    private static IEnumerable<Check> AcrossSteps =>
    [
        new("steps.other-block", "Prevote one block, precommit another", Sign, scene =>
            [MustSign(scene.Prevote(scene.A)), MustSign(scene.Precommit(scene.B))]),
        new("steps.nil-then-block", "Prevote nil, precommit a block", Sign, scene =>
            [MustSign(scene.Prevote(null)), MustSign(scene.Precommit(scene.B))]),
        new("steps.block-then-nil", "Prevote a block, precommit nil", Sign, scene =>
            [MustSign(scene.Prevote(scene.B)), MustSign(scene.Precommit(null))]),
        new("steps.proposal-then-other", "Propose one block, prevote another (the validator is locked)", Sign, scene =>
            [MustSign(scene.Proposal(scene.A)), MustSign(scene.Prevote(scene.B))]),
        new("steps.next-round", "Another block in the next round", Sign, scene =>
            [MustSign(scene.Precommit(scene.A)), MustSign(scene.Prevote(scene.B, round: 1)), MustSign(scene.Precommit(scene.B, round: 1))]),
    ];

    private static ProposalMessage PolRoundOne(Scene scene) => scene.Proposal(scene.A, round: 2, polRound: 1);
}
