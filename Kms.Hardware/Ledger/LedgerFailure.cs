namespace Kms.Hardware.Ledger;

/// <summary>Who or what failed, and so what may help.</summary>
public enum LedgerCause
{
    /// <summary>The app answered no, and is as usable as before.</summary>
    Refused,

    /// <summary>The device is there, but locked, or the Tendermint app is not open. Whatever the app knew before is gone.</summary>
    AppUnavailable,

    /// <summary>The app is one that cannot be used: only an operator can change that.</summary>
    Unsupported,

    /// <summary>The answer is none that fits the command: nothing that comes after it can be trusted.</summary>
    Broken,

    /// <summary>No answer came: no device, unplugged, or too late.</summary>
    Transport,
}

/// <summary>Why a command has no response.</summary>
/// <param name="Cause">What failed.</param>
/// <param name="Reason">What is wrong and what to do: a sentence for the operator.</param>
/// <param name="Status">The app's own status, when it gave one.</param>
public sealed record LedgerFailure(LedgerCause Cause, string Reason, StatusWord? Status = null);

/// <summary>A response, or the reason why there is none: exactly one of the two.</summary>
/// <param name="Response">What the app answered.</param>
/// <param name="Failure">Why it did not.</param>
public readonly record struct LedgerResult<T>(T? Response, LedgerFailure? Failure) where T : class
{
    /// <summary>Answered.</summary>
    public static implicit operator LedgerResult<T>(T response) => new(response, null);

    /// <summary>Not answered.</summary>
    public static implicit operator LedgerResult<T>(LedgerFailure failure) => new(null, failure);
}
