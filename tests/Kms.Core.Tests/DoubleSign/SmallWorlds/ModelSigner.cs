using System.Collections.Immutable;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Core.Signing;
using static Kms.Testing.Ask;

namespace Kms.Core.Tests.DoubleSign.SmallWorlds;

/// <summary>What happens around one request.</summary>
internal enum Fate
{
    /// <summary>The reply reaches the node.</summary>
    Answered,

    /// <summary>The reply reaches the node; then the signer restarts.</summary>
    AnsweredThenRestarted,

    /// <summary>The signer dies before the journal has the event.</summary>
    CrashedBeforeAppend,

    /// <summary>The signer dies after the journal has the event. Whether it had signed by then nobody can see.</summary>
    CrashedBeforeReply,

    /// <summary>The signer replies and goes on; the reply never reaches the node.</summary>
    ReplyLost,
}

/// <summary>A signature that left the signer, and the timestamp the reply states beside it.</summary>
internal sealed record Reply(SignBytes SignBytes, Timestamp Timestamp);

/// <summary>What a signer is at one moment: its memory, and what is on disk.</summary>
/// <param name="Memory">The watermark it decides by.</param>
/// <param name="Journal">Every event ever stored.</param>
/// <param name="Stopped">Why it no longer signs.</param>
internal sealed record SignerState(Watermark? Memory, ImmutableList<ChainEvent> Journal, string? Stopped = null)
{
    public static readonly SignerState Empty = new(null, []);

    /// <summary>What it replied since it started.</summary>
    public ReleasedSignatures Released { get; init; } = ReleasedSignatures.None;

    /// <summary>The newest event of the journal.</summary>
    public ChainEvent? Newest => Journal.Count == 0 ? null : Journal[^1];
}

/// <summary>Decide, store, sign, reply around a set of rules, with a crash possible at every step. The defaults are the real rules;
/// each part can be replaced by a wrong one, to show that the tests would notice.</summary>
internal sealed record ModelSigner
{
    /// <summary>The real rules with what was replied lately.</summary>
    public static ModelSigner KeepingReplies { get; } = new()
    {
        DecideFrom = (released, watermark, request) => DoubleSignRules.Decide(watermark, Chain, request, null, released),
    };

    public Func<Watermark?, SignRequest, SignDecision> Decide { get; init; } =
        (watermark, request) => DoubleSignRules.Decide(watermark, Chain, request);

    /// <summary>The decision where what was replied is kept; null where it is not, as if the signer restarted before every request.</summary>
    public Func<ReleasedSignatures, Watermark?, SignRequest, SignDecision>? DecideFrom { get; init; }

    /// <summary>What is kept of it after a reply. The default keeps it.</summary>
    public Func<ReleasedSignatures, SignedMessage, SignRequest, SignReply.Signed, ReleasedSignatures> Keep { get; init; } =
        (released, recorded, request, reply) => released.With(recorded, request, reply);

    /// <summary>What is kept of it when somebody makes a claim. The default forgets it.</summary>
    public Func<ReleasedSignatures, ReleasedSignatures> KeepAtClaim { get; init; } = _ => ReleasedSignatures.None;

    /// <summary>What a claim leads to; null when to nothing.</summary>
    public Func<Watermark?, FloorClaim, ChainEvent?> Judge { get; init; } = (watermark, claim) => claim.Against(watermark, Chain, out _);

    /// <summary>Where an event leads; the text says why it cannot be.</summary>
    public Func<Watermark?, ChainEvent, (Watermark Watermark, string? Contradiction)> Apply { get; init; } = (current, next) =>
    {
        var watermark = Watermark.Apply(current, next, out var contradiction);
        return (watermark, contradiction);
    };

    /// <summary>The memory after a restart; the default replays the whole journal.</summary>
    public Func<IReadOnlyList<ChainEvent>, Watermark?>? Recovers { get; init; }

    /// <summary>Replies before the event is stored: a crash between the two forgets a signature that is out.</summary>
    public bool RepliesBeforeAppend { get; init; }

    /// <summary>An operator, a state file or a hook says how much is used up.</summary>
    public SignerState Claim(SignerState state, FloorClaim claim)
    {
        state = state with { Released = KeepAtClaim(state.Released) };
        return Judge(state.Memory, claim) is { } raised ? Store(state, raised) : state;
    }

    /// <summary>A node asks.</summary>
    public (SignerState Next, Reply? Reply) Ask(SignerState state, SignRequest request, Fate fate)
    {
        if (state.Stopped is not null) return (state, null);
        var decision = DecideFrom is null ? Decide(state.Memory, request) : DecideFrom(state.Released, state.Memory, request);
        var (next, reply) = decision switch
        {
            SignDecision.Advance { Event: var stored } => Released(Store(state, stored), stored.Message, request),
            SignDecision.SignAgain { Recorded: var recorded } => Released(state, recorded, request),
            SignDecision.ReleaseAgain { Reply: var released } => (state, new Reply(BytesUnder(released.Signature), released.Timestamp)),
            SignDecision.Adopt { Event: var stored } => (Store(state, stored), null),
            _ => (state, (Reply?)null),
        };
        if (next.Stopped is not null) reply = null;

        return fate switch
        {
            Fate.Answered => (next, reply),
            Fate.AnsweredThenRestarted => (Restart(next), reply),
            Fate.CrashedBeforeAppend => (Restart(state), RepliesBeforeAppend ? reply : null),
            Fate.CrashedBeforeReply => (Restart(next), null),
            Fate.ReplyLost => (next, null),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    // Sign bytes are one byte here, and so a signature can say what it is over.
    private static Signature Sign(SignBytes bytes)
    {
        var signature = new byte[Signature.Size];
        bytes.Span.CopyTo(signature);
        return new Signature(signature);
    }

    private static SignBytes BytesUnder(Signature signature) => new(signature.Span[..1]);

    private (SignerState Next, Reply Reply) Released(SignerState state, SignedMessage recorded, SignRequest request)
    {
        var reply = new Reply(recorded.SignBytes, recorded.Timestamp);
        if (DecideFrom is null || state.Stopped is not null) return (state, reply);
        var signed = new SignReply.Signed(Sign(recorded.SignBytes), recorded.Timestamp, null);
        return (state with { Released = Keep(state.Released, recorded, request, signed) }, reply);
    }

    private SignerState Store(SignerState state, ChainEvent stored)
    {
        var (memory, contradiction) = Apply(state.Memory, stored);
        return state with { Memory = memory, Journal = state.Journal.Add(stored), Stopped = contradiction };
    }

    private SignerState Restart(SignerState state)
    {
        state = state with { Released = ReleasedSignatures.None };
        if (Recovers is not null) return state with { Memory = Recovers(state.Journal), Stopped = null };

        Watermark? memory = null;
        foreach (var stored in state.Journal)
        {
            (memory, var contradiction) = Apply(memory, stored);
            if (contradiction is not null) return state with { Memory = memory, Stopped = contradiction };
        }
        return state with { Memory = memory, Stopped = null };
    }
}
