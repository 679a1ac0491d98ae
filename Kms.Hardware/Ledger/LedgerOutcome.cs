using Kms.Core.Consensus;
using Kms.Core.Signing;

namespace Kms.Hardware.Ledger;

/// <summary>What came of a request to sign.</summary>
public abstract record LedgerOutcome
{
    private LedgerOutcome() { }

    /// <summary>Signed, and verified against the device's key.</summary>
    public sealed record Signed(Signature Signature) : LedgerOutcome;

    /// <summary>The device asks its user for confirmation. The session goes on: it can be asked again at any time, and answers at once.</summary>
    /// <param name="At">The position on the device's screen; that of an earlier request when another message is waiting.</param>
    /// <param name="Reason">What the operator has to do.</param>
    public sealed record Waiting(Hrs At, string Reason) : LedgerOutcome;

    /// <summary>Refused, here or by the app; the session goes on.</summary>
    /// <param name="Reason">What is wrong and what to do.</param>
    public sealed record Refused(string Reason) : LedgerOutcome;

    /// <summary>No answer, or none that can be trusted: the session must be opened anew.</summary>
    /// <param name="Reason">What is wrong and what to do.</param>
    public sealed record Lost(string Reason) : LedgerOutcome;
}
