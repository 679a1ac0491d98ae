namespace Kms.Hardware.Ledger;

/// <summary>What came back from the device: an answer, or the reason why there is none.</summary>
/// <param name="Response">The whole answer; null when there is none.</param>
/// <param name="Error">What went wrong and what to do, a sentence; null when there is an answer.</param>
public readonly record struct LedgerReply(ApduResponse? Response, string? Error)
{
    /// <summary>Answered.</summary>
    public static LedgerReply Ok(ApduResponse response) => new(response, null);

    /// <summary>Not answered; whether the device ran the command is not known.</summary>
    public static LedgerReply Failed(string error) => new(null, error);
}

/// <summary>A way to a Ledger: one command there, one answer back. It connects with the first command, and anew with the first one after a failure: answers
/// have no numbers, and one that was given up could be taken for the next.</summary>
public interface ILedgerTransport : IDisposable
{
    /// <summary>Throws away what the device sent unasked, sends a command and waits for the answer. One at a time.</summary>
    /// <param name="command">At most <see cref="Apdu.MaxSize"/> bytes.</param>
    /// <param name="deadline">Cancelled when the answer is not wanted any more; that is an error value too, not an exception, and ends the connection.
    /// The only limit of time: a device that asks its user for confirmation takes as long as the user.</param>
    ValueTask<LedgerReply> ExchangeAsync(Apdu command, CancellationToken deadline);
}
