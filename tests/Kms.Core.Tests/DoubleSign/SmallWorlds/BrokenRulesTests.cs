using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Xunit.Abstractions;
using static Kms.Core.Tests.DoubleSign.SmallWorlds.Finding;
using static Kms.Testing.Ask;

namespace Kms.Core.Tests.DoubleSign.SmallWorlds;

/// <summary>Rules that are wrong on purpose, one mistake each, most of them made by some signer before. The search that finds the real
/// rules flawless must find every one of these out.</summary>
public class BrokenRulesTests(ITestOutputHelper output)
{
    private static readonly ModelSigner Real = new();

    // Takes every event as it comes, so that a wrong decision shows in what is signed, not in the journal's own check.
    private static readonly ModelSigner Unchecked = Real with { Apply = (current, next) => (Real.Apply(current, next).Watermark, null) };

    private static readonly Dictionary<string, (ModelSigner Signer, Finding Fault)> Mistakes = new()
    {
        ["nil passes for no conflict (tendermint/tmkms#333)"] = (
            Unchecked with { Decide = AtOnePosition((recorded, asked) => recorded.Block is null || asked.Block is null ? New(asked) : null) },
            SlashableVotes),
        ["only nil is told from a block, not a block from another"] = (
            Unchecked with { Decide = AtOnePosition((recorded, asked) => recorded.Block is null == asked.Block is null ? New(asked) : null) },
            SlashableVotes),
        ["the same position is not compared at all"] = (
            Unchecked with { Decide = AtOnePosition((_, asked) => New(asked)) },
            SlashableVotes),
        ["the step does not count: a prevote after the precommit"] = (
            Unchecked with { Decide = Below((floor, asked) => (asked.Height, asked.Round) == (floor.Height, floor.Round)) },
            SlashableVotes),
        ["the round does not count"] = (
            Unchecked with { Decide = Below((floor, asked) => asked.Height == floor.Height) },
            SlashableVotes),
        ["rounds are compared without their height: a higher round of a lower height"] = (
            Unchecked with { Decide = Below((floor, asked) => asked.Round.Value > floor.Round.Value) },
            SlashableVotes),
        ["a vote with another timestamp is signed anew (tmkms 0.15)"] = (
            Unchecked with { Decide = AtOnePosition((recorded, asked) => asked is VoteRequest && recorded.Block == asked.Block ? New(asked) : null) },
            TwoSignaturesForOneVote),
        ["the proof-of-lock round is not compared (tmkms 0.15)"] = (
            Unchecked with { Decide = AtOnePosition((recorded, asked) =>
                asked is ProposalRequest && recorded.Block == asked.Block ? New(asked) : null) },
            ConflictingProposals),
        ["a proposal with another timestamp gets the recorded signature (horcrux 3.3)"] = (
            Real with { Decide = AtOnePosition((recorded, asked) => recorded.Block == asked.Block ? new SignDecision.SignAgain(recorded) : null) },
            UselessReply),
        ["the reply states the timestamp that was asked, not the recorded one"] = (
            Real with { Decide = AtOnePosition((recorded, asked) => asked is VoteRequest && asked.AgreesWith(recorded)
                ? new SignDecision.SignAgain(recorded with { Timestamp = asked.Timestamp }) : null) },
            UselessReply),
        ["the boundary is off by one: nothing is signed again"] = (
            Real with { Decide = (watermark, asked) => asked.Hrs <= watermark?.Floor ? No(asked) : Real.Decide(watermark, asked) },
            RefusedWhatTheTableSigns),
        ["the first height is taken for height 0 (tendermint/tmkms#369)"] = (
            Real with { Decide = (watermark, asked) => asked.Hrs.Height.Value <= 1 ? No(asked) : Real.Decide(watermark, asked) },
            RefusedWhatTheTableSigns),
        ["blocks are compared across steps (tmkms#626)"] = (
            Real with { Decide = Ruled(new ChainRules { BlockRule = BlockRule.SameBlockPerRound }) },
            RefusedWhatTheTableSigns),
        ["no history counts as a new key"] = (
            Real with { Decide = (watermark, asked) => watermark is null ? New(asked) : Real.Decide(watermark, asked) },
            SignedWhatTheTableRefuses),
        ["a restart forgets everything and starts as a new key"] = (
            Real with { Recovers = _ => new Watermark(Chain, Hrs.EndOf(new Height(0)), null) },
            SlashableVotes),
        ["a restart misses the newest event"] = (
            Unchecked with { Recovers = journal =>
                journal.SkipLast(1).Aggregate((Watermark?)null, (memory, stored) => Real.Apply(memory, stored).Watermark) },
            SlashableVotes),
        ["a restart restores the position but not the message"] = (
            Real with { Recovers = journal => journal.Count == 0 ? null : Real.Apply(null, journal[^1]).Watermark with { Last = null } },
            RefusedWhatTheTableSigns),
        ["a raised floor is not restored"] = (
            Unchecked with { Recovers = journal => journal.Where((stored, index) => index == 0 || stored is ChainEvent.WatermarkAdvanced)
                .Aggregate((Watermark?)null, (memory, stored) => Real.Apply(memory, stored).Watermark) },
            SignedWhatTheTableRefuses),
        ["a claim lowers the floor"] = (
            Unchecked with { Judge = (watermark, claim) => watermark is null
                ? Real.Judge(watermark, claim) : new ChainEvent.FloorRaised(Chain, claim.Floor, "test") },
            SlashableVotes),
        ["a claim at the floor replaces the message that is recorded there"] = (
            Unchecked with { Judge = (watermark, claim) => claim.Message is { } message && claim.Floor == watermark?.Floor
                ? new ChainEvent.WatermarkAdvanced(Chain, message) : Real.Judge(watermark, claim) },
            SlashableVotes),
        ["a claim at the floor leaves a message that never left"] = (
            Real with { Judge = (watermark, claim) => claim.Floor == watermark?.Floor ? null : Real.Judge(watermark, claim) },
            SlashableVotes),
        ["a claim that raises the floor is not stored"] = (
            Real with { Judge = (watermark, claim) => watermark is null ? Real.Judge(watermark, claim) : null },
            SlashableVotes),
        ["a hook begins a chain's history"] = (
            Real with { Judge = (watermark, claim) => Real.Judge(watermark, claim with { BeginsHistory = true }) },
            SignedWhatTheTableRefuses),
        ["a hook is believed at its limit, too"] = (
            Real with { Judge = (watermark, claim) => Real.Judge(watermark, claim with { MaxDelta = claim.MaxDelta + 1 }) },
            RefusedWhatTheTableSigns),
        ["the message of a state file is forgotten"] = (
            Real with { Judge = (watermark, claim) => Real.Judge(watermark, claim with { Message = null }) },
            RefusedWhatTheTableSigns),
        ["the reply leaves before the event is stored (horcrux 3.3)"] = (
            Real with { RepliesBeforeAppend = true },
            SlashableVotes),
    };

    private static readonly ChainRules Careful = new() { MaxHeightJump = 1, AdoptFirstHeight = true };

    // Mistakes with what an operator can choose, looked for where a jump of 1 is allowed and the first height is adopted.
    private static readonly Dictionary<string, (Func<Watermark?, SignRequest, SignDecision> Decide, Finding Fault)> CarelessMistakes = new()
    {
        ["a jump is not limited"] = (Ruled(Careful with { MaxHeightJump = 0 }), SignedWhatTheTableRefuses),
        ["the limit of a jump is off by one"] = (Ruled(Careful with { MaxHeightJump = 2 }), SignedWhatTheTableRefuses),
        ["a new key may not join a chain above height 1"] = (
            (watermark, asked) => watermark is { Floor.Height.Value: 0 } && asked.Hrs.Height.Value > 1 ? No(asked) : Ruled(Careful)(watermark, asked),
            RefusedWhatTheTableSigns),
        ["the first height is not adopted"] = (Ruled(Careful with { AdoptFirstHeight = false }), RefusedWhatTheTableSigns),
        ["the first request is signed"] = (
            (watermark, asked) => watermark is null ? New(asked) : Ruled(Careful)(watermark, asked),
            SignedWhatTheTableRefuses),
        ["the first position is adopted, not its height"] = (
            (watermark, asked) => Ruled(Careful)(watermark, asked) is SignDecision.Adopt adopt
                ? adopt with { Event = adopt.Event with { Floor = asked.Hrs } } : Ruled(Careful)(watermark, asked),
            SignedWhatTheTableRefuses),
    };

    // Mistakes with the replies that are kept for nodes that are behind.
    private static readonly Dictionary<string, (ModelSigner Signer, Finding Fault)> MistakesWithReplies = new()
    {
        ["a claim does not make it forget"] = (ModelSigner.KeepingReplies with { KeepAtClaim = released => released }, SlashableVotes),
        ["a node that is behind gets no earlier reply"] = (
            ModelSigner.KeepingReplies with { DecideFrom = (_, watermark, asked) => Real.Decide(watermark, asked) },
            RefusedWhatTheTableSigns),
        ["a vote for another block gets the earlier reply (horcrux 3.3)"] = (
            ModelSigner.KeepingReplies with { DecideFrom = Earlier((_, _) => true) },
            UselessReply),
        ["a proposal with another timestamp gets the earlier reply"] = (
            ModelSigner.KeepingReplies with { DecideFrom = Earlier((asked, kept) => asked.Block == kept.Block) },
            UselessReply),
        ["the earlier reply states the timestamp that was asked"] = (
            ModelSigner.KeepingReplies with { DecideFrom = (released, watermark, asked) =>
                ModelSigner.KeepingReplies.DecideFrom!(released, watermark, asked) is SignDecision.ReleaseAgain again
                    ? new SignDecision.ReleaseAgain(again.Reply with { Timestamp = asked.Timestamp })
                    : Real.Decide(watermark, asked) },
            UselessReply),
        ["a message is kept with the reply to another"] = (
            ModelSigner.KeepingReplies with { Keep = (released, _, asked, reply) => released.With(SignedMessage.Of(asked with { Block = null }), asked, reply) },
            UselessReply),
        ["a vote that is behind is signed anew with its timestamp"] = (
            ModelSigner.KeepingReplies with
            {
                Apply = Unchecked.Apply,
                DecideFrom = (released, watermark, asked) =>
                    ModelSigner.KeepingReplies.DecideFrom!(released, watermark, asked) is var decision and not SignDecision.ReleaseAgain ? decision : New(asked),
            },
            TwoSignaturesForOneVote),
    };

    public static TheoryData<string> Names => [.. Mistakes.Keys];

    public static TheoryData<string> CarelessNames => [.. CarelessMistakes.Keys];

    public static TheoryData<string> NamesWithReplies => [.. MistakesWithReplies.Keys];

    [Theory, MemberData(nameof(NamesWithReplies))]
    public void A_signer_with_one_mistake_in_the_replies_it_keeps_is_found_out(string mistake)
    {
        var (signer, fault) = MistakesWithReplies[mistake];
        var findings = new Exploration(SmallWorld.OneRound, signer, IdealTable.NoHistory with { KeepsReplies = true }).ToTheEnd(orUntil: fault).Findings;

        foreach (var (found, example) in findings) output.WriteLine($"{found}: {example}");
        Assert.Contains(fault, findings.Keys);
    }

    [Theory, MemberData(nameof(CarelessNames))]
    public void A_signer_with_one_mistake_in_what_can_be_chosen_is_found_out(string mistake)
    {
        var (decide, fault) = CarelessMistakes[mistake];
        var table = IdealTable.NoHistory with { MaxJump = 1, AdoptsFirstHeight = true };
        var findings = new Exploration(SmallWorld.FarHeight, Real with { Decide = decide }, table).ToTheEnd(orUntil: fault).Findings;

        foreach (var (found, example) in findings) output.WriteLine($"{found}: {example}");
        Assert.Contains(fault, findings.Keys);
    }

    [Theory, MemberData(nameof(Names))]
    public void A_signer_with_one_mistake_is_found_out(string mistake)
    {
        var (signer, fault) = Mistakes[mistake];
        var findings = new Exploration(WorldFor(fault), signer).ToTheEnd(orUntil: fault).Findings;

        foreach (var (found, example) in findings) output.WriteLine($"{found}: {example}");
        Assert.Contains(fault, findings.Keys);
    }

    // The second assertion of the same promise: had the rules let such a request through, its event stops the chain before it is signed.
    [Fact]
    public void Conflicts_that_wrong_rules_let_through_are_stopped_by_the_journal_check()
    {
        var conflicts = Mistakes.Values
            .Where(mistake => mistake.Fault is SlashableVotes or TwoSignaturesForOneVote or ConflictingProposals
                && (mistake.Signer.Decide, mistake.Signer.Apply) != (Real.Decide, Real.Apply) && mistake.Signer.Recovers is null)
            .ToList();

        Assert.Equal(10, conflicts.Count);
        foreach (var (signer, fault) in conflicts)
        {
            var findings = new Exploration(WorldFor(fault), signer with { Apply = Real.Apply }).ToTheEnd().Findings;
            Assert.Contains(Contradiction, findings.Keys);
            Assert.DoesNotContain(fault, findings.Keys);
        }
    }

    // The smallest world that can show the fault.
    private static SmallWorld WorldFor(Finding fault) => fault switch
    {
        ConflictingProposals => SmallWorld.ProofOfLock,
        TwoSignaturesForOneVote or UselessReply => SmallWorld.OneRound,
        _ => SmallWorld.OneTimestamp,
    };

    private static SignDecision.Advance New(SignRequest asked) => new(new ChainEvent.WatermarkAdvanced(Chain, SignedMessage.Of(asked)));

    private static Func<Watermark?, SignRequest, SignDecision> Ruled(ChainRules rules) =>
        (watermark, asked) => DoubleSignRules.Decide(watermark, Chain, asked, rules);

    private static SignDecision.Refuse No(SignRequest asked) => new(new Refusal(RefusalReason.DoubleSign, Chain, asked.Hrs, null));

    // The real rules, except that a node that is behind may get the reply to another request at the position.
    private static Func<ReleasedSignatures, Watermark?, SignRequest, SignDecision> Earlier(Func<SignRequest, SignRequest, bool> passesFor) =>
        (released, watermark, asked) => asked.Hrs < watermark?.Floor && SmallWorld.OneRound.Requests.Select(pair => pair.Request)
            .Where(other => other.Hrs == asked.Hrs && passesFor(asked, other)).Select(released.For).FirstOrDefault(reply => reply is not null) is { } reply
            ? new SignDecision.ReleaseAgain(reply) : Real.Decide(watermark, asked);

    // The real rules, except for a request at the recorded position.
    private static Func<Watermark?, SignRequest, SignDecision> AtOnePosition(Func<SignedMessage, SignRequest, SignDecision?> wrong) =>
        (watermark, asked) => watermark?.Last is { } recorded && recorded.Hrs == asked.Hrs && wrong(recorded, asked) is { } decision
            ? decision : Real.Decide(watermark, asked);

    // The real rules, except for a request below the floor.
    private static Func<Watermark?, SignRequest, SignDecision> Below(Func<Hrs, Hrs, bool> letsThrough) =>
        (watermark, asked) => watermark is not null && asked.Hrs < watermark.Floor && letsThrough(watermark.Floor, asked.Hrs)
            ? New(asked) : Real.Decide(watermark, asked);
}
