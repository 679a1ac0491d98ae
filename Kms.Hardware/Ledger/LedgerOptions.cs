using Kms.Core.Consensus;

namespace Kms.Hardware.Ledger;

/// <summary>What a session needs besides the way to the device.</summary>
public sealed record LedgerOptions
{
    /// <summary>How long the first signature of a session is waited for before the node is told that the device asks for confirmation. An app that was confirmed
    /// before the session was opened answers within half a second; one that was not, when a button was pressed.</summary>
    public TimeSpan PromptAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a device may take to be opened; what is asked then needs no button. Shorter than the patience of those who wait for it, so that
    /// they get the reason: a device that still shows the question of an earlier session answers nothing.</summary>
    public TimeSpan OpenLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The signatures given so far; shared by all sessions of a device.</summary>
    public SignatureMemory Memory { get; init; } = new();

    /// <summary>Told what the operator must see. Called from any thread; must not throw.</summary>
    public Action<LedgerNotice> Notify { get; init; } = _ => { };
}

/// <summary>Something about the device that the operator must see when it happens, and not when the next request comes.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="At">The position on the device's screen, where it shows one.</param>
/// <param name="Sentence">For the log.</param>
public sealed record LedgerNotice(LedgerNoticeKind Kind, Hrs? At, string Sentence);

/// <summary>What a notice is about.</summary>
public enum LedgerNoticeKind
{
    /// <summary>The device waits for a button.</summary>
    Asked,

    /// <summary>The position was confirmed: the next request is signed.</summary>
    Confirmed,

    /// <summary>The prompt ended without a signature; the next request asks again.</summary>
    NotConfirmed,

    /// <summary>The app is a test build.</summary>
    TestBuild,
}
