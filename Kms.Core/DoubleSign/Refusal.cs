using Kms.Core.Consensus;

namespace Kms.Core.DoubleSign;

/// <summary>Why a request was not signed.</summary>
public enum RefusalReason
{
    /// <summary>A different message was recorded at this height, round and step.</summary>
    DoubleSign,

    /// <summary>The height is below the watermark's.</summary>
    HeightRegression,

    /// <summary>Same height, lower round.</summary>
    RoundRegression,

    /// <summary>Same height and round, earlier step.</summary>
    StepRegression,

    /// <summary>Another block was signed at an earlier step of this round; only in <see cref="BlockRule.SameBlockPerRound"/>.</summary>
    BlockChangedWithinRound,

    /// <summary>The request names another chain.</summary>
    WrongChain,

    /// <summary>No consensus message looks like this: height below 1, negative round, malformed block id, unknown vote type; or an extension
    /// of CometBFT 2.0 that reads as one.</summary>
    InvalidRequest,

    /// <summary>A vote extension on a prevote or a nil precommit.</summary>
    UnexpectedExtension,

    /// <summary>The operator did not allow these raw bytes: their form, their purpose or their length.</summary>
    RawBytesNotAllowed,

    /// <summary>Raw bytes that a chain could take for a vote, a proposal or another signed message.</summary>
    RawBytesAreMessage,

    /// <summary>Nothing is recorded for the chain, so nothing proves that signing is safe.</summary>
    NoHistory,

    /// <summary>Nothing was recorded for the chain; the height of this request is its floor from now on, and the next one is signed.</summary>
    FirstHeightAdopted,

    /// <summary>The height is further above the watermark's than <see cref="ChainRules.MaxHeightJump"/> allows.</summary>
    HeightJump,

    /// <summary>The height is above the configured maximum: a planned halt.</summary>
    AboveMaxHeight,

    /// <summary>What the journal returned contradicts itself; the chain is stopped.</summary>
    CorruptHistory,

    /// <summary>The journal did not store the event.</summary>
    JournalFailed,

    /// <summary>The copy of the watermark that another program reads could not be written, so nothing was signed.</summary>
    MirrorFailed,

    /// <summary>The key did not sign, or signed wrongly.</summary>
    SignerFailed,

    /// <summary>The answer would have come too late to be of use.</summary>
    DeadlineExceeded,

    /// <summary>The chain is starting, restarting or stopping.</summary>
    Unavailable,
}

/// <summary>A refusal with everything the operator needs: the reason, what was asked and what stands against it.</summary>
/// <param name="Reason">Class of the refusal.</param>
/// <param name="Chain">The chain whose state refused.</param>
/// <param name="Asked">Position asked for, where the request had one.</param>
/// <param name="Last">Newest position of the chain, where it was consulted.</param>
/// <param name="Detail">What the reason and the positions do not say; may be empty.</param>
public sealed record Refusal(RefusalReason Reason, ChainId Chain, Hrs? Asked, Hrs? Last, string Detail = "")
{
    /// <summary>One sentence, for the log and for the node.</summary>
    public override string ToString()
    {
        var sentence = $"{Title} at chain {Chain}";
        if (Asked is { } asked) sentence += $": asked {asked}";
        if (Last is { } last) sentence += $", last signed {last}";
        return Detail.Length == 0 ? sentence : $"{sentence} ({Detail})";
    }

    // The first of these is the text of tmkms, which operators and their alerts know.
    private string Title => Reason switch
    {
        RefusalReason.DoubleSign => $"double signing requested at height: {Asked?.Height}",
        RefusalReason.HeightRegression => "height regression",
        RefusalReason.RoundRegression => "round regression",
        RefusalReason.StepRegression => "step regression",
        RefusalReason.BlockChangedWithinRound => "block changed within a round",
        RefusalReason.WrongChain => "wrong chain id",
        RefusalReason.InvalidRequest => "invalid request",
        RefusalReason.UnexpectedExtension => "unexpected vote extension",
        RefusalReason.RawBytesNotAllowed => "raw bytes not allowed",
        RefusalReason.RawBytesAreMessage => "raw bytes that are a consensus message",
        RefusalReason.NoHistory => "no recorded state",
        RefusalReason.FirstHeightAdopted => "first height adopted",
        RefusalReason.HeightJump => "height jump",
        RefusalReason.AboveMaxHeight => "above max_height",
        RefusalReason.CorruptHistory => "recorded state contradicts itself",
        RefusalReason.JournalFailed => "journal failure",
        RefusalReason.MirrorFailed => "state file failure",
        RefusalReason.SignerFailed => "signer failure",
        RefusalReason.DeadlineExceeded => "deadline exceeded",
        RefusalReason.Unavailable => "chain not available",
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
