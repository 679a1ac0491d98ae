using Kms.Core.Consensus;

namespace Kms.Core.Tests.DoubleSign.SmallWorlds;

/// <summary>What is due to a request.</summary>
internal enum Due
{
    /// <summary>A signature over the bytes asked for, recorded first.</summary>
    New,

    /// <summary>A signature over the bytes on record.</summary>
    Recorded,

    /// <summary>The signature that was replied before, for a node that is behind.</summary>
    Earlier,

    /// <summary>No signature.</summary>
    Refusal,
}

/// <summary>The rule book, written a second time from the decision table alone: which request gets a signature, and over what.
/// Knows nothing of the types it is compared with.</summary>
/// <param name="Floor">The highest position used up; null when nothing is known, and then nothing may be signed.</param>
/// <param name="Last">What was recorded at the floor; null when only the position is known.</param>
internal sealed record IdealTable((long Height, int Round, int Step)? Floor, Statement? Last)
{
    public static readonly IdealTable NoHistory = new(null, null);

    /// <summary>Heights above the floor at which a hook is no longer believed.</summary>
    public const int HookLimit = 2;

    /// <summary>The strict mode of tmkms: two blocks in one round are refused at any step.</summary>
    public bool SameBlockPerRound { get; init; }

    /// <summary>The furthest that a request may stand above the floor's height, unless that is 0; null for no limit.</summary>
    public long? MaxJump { get; init; }

    /// <summary>The first height that is asked for becomes the floor.</summary>
    public bool AdoptsFirstHeight { get; init; }

    /// <summary>Whether replies are kept for nodes that are behind.</summary>
    public bool KeepsReplies { get; init; }

    /// <summary>What was replied since the start and the last claim, the newest first.</summary>
    public Replied? Replies { get; init; }

    public override string ToString() => $"recorded {Last} at {Floor}";

    public Due Of(Statement asked)
    {
        if (Floor is not { } floor) return Due.Refusal;
        var order = asked.Position.CompareTo(floor);
        if (order > 0 && SameBlockPerRound && AnotherBlockInTheRound(asked)) return Due.Refusal;
        if (floor.Height > 0 && asked.Height - floor.Height > MaxJump) return Due.Refusal;
        if (order > 0) return Due.New; // higher height, round or step, whatever the block
        if (order < 0) return EarlierFor(asked) is null ? Due.Refusal : Due.Earlier; // a regression, unless it was signed before
        if (Last is null) return Due.Refusal; // what was signed there is not known
        if (Last.Block != asked.Block) return Due.Refusal; // another block, or nil against a block
        if (Last.PolRound != asked.PolRound) return Due.Refusal; // another proposal
        if (Last.Timestamp == asked.Timestamp) return Due.Recorded; // the same request
        return asked.IsVote ? Due.Recorded : Due.New; // the timestamp alone differs: see SignatureChecker.Useless
    }

    /// <summary>The table after <paramref name="asked"/> was recorded.</summary>
    public IdealTable After(Statement asked) =>
        Floor is null && AdoptsFirstHeight ? this with { Floor = (asked.Height, int.MaxValue, 2), Last = null }
        : Of(asked) switch
        {
            Due.New => this with { Floor = asked.Position, Last = asked, Replies = With(asked) },
            Due.Recorded => this with { Replies = With(Last!) },
            _ => this,
        };

    /// <summary>What was replied to such a request before: the same vote whatever its timestamp, or the very same proposal.</summary>
    public Statement? EarlierFor(Statement asked)
    {
        for (var reply = Replies; reply is not null; reply = reply.Before)
            if ((asked.IsVote ? asked with { Timestamp = reply.What.Timestamp } : asked) == reply.What)
                return reply.What;
        return null;
    }

    /// <summary>The table after a restart or a claim.</summary>
    public IdealTable Forgets() => this with { Replies = null };

    private Replied? With(Statement replied)
    {
        if (!KeepsReplies) return null;
        for (var reply = Replies; reply is not null; reply = reply.Before)
            if (reply.What == replied) return Replies;
        return new Replied(replied, Replies);
    }

    /// <summary>The table after somebody claimed that all up to <paramref name="position"/> is used up.</summary>
    /// <param name="position">The end of what is used up.</param>
    /// <param name="signed">What was signed there; null when only the position is known.</param>
    /// <param name="isHook">Whether the claim is a hook's: it begins nothing, and is not believed at <see cref="HookLimit"/> heights above.</param>
    public IdealTable Claimed((long Height, int Round, int Step) position, Statement? signed, bool isHook) => Forgets().Raised(position, signed, isHook);

    private IdealTable Raised((long Height, int Round, int Step) position, Statement? signed, bool isHook)
    {
        if (Floor is null && isHook) return this;
        if (Floor is { } floor && position.CompareTo(floor) is var order and <= 0)
            return order < 0 || Last is null || Last == signed
                ? this
                : this with { Last = null }; // another message may be out at the position, so that the recorded one must not follow
        if (Floor is { } known && isHook && position.Height >= known.Height + HookLimit) return this;
        return this with { Floor = position, Last = signed };
    }

    private bool AnotherBlockInTheRound(Statement asked) =>
        Last is not null && (Last.Height, Last.Round) == (asked.Height, asked.Round)
        && Last.Block != "nil" && asked.Block != "nil" && Last.Block != asked.Block;
}

/// <summary>A list of replies.</summary>
internal sealed record Replied(Statement What, Replied? Before);
