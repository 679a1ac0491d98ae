namespace Kms.Hardware.YubiHsm;

/// <summary>What came back from the device: a frame, or the reason why there is none.</summary>
/// <param name="Frame">The whole answer, unchecked; null when there is none.</param>
/// <param name="Error">What went wrong and what to do, a sentence; null when there is an answer.</param>
public readonly record struct TransportReply(ReadOnlyMemory<byte>? Frame, string? Error)
{
    /// <summary>Answered.</summary>
    public static TransportReply Ok(ReadOnlyMemory<byte> frame) => new(frame, null);

    /// <summary>Whether the device was not even asked, because others were before: the same frame may be sent again.</summary>
    public bool IsBusy { get; private init; }

    /// <summary>Not answered; whether the device ran the command is not known.</summary>
    public static TransportReply Failed(string error) => new(null, error);

    /// <summary>Not sent.</summary>
    public static TransportReply Busy(string error) => new(null, error) { IsBusy = true };
}

/// <summary>A way to a YubiHSM 2: one frame there, one frame back. It knows nothing of sessions.</summary>
public interface IYubiHsmTransport : IDisposable
{
    /// <summary>Sends a frame and waits for the answer. One at a time: the device answers in order and has no numbers to match answers by.</summary>
    /// <param name="frame">A whole frame: code, length, data.</param>
    /// <param name="deadline">Cancelled when the answer is not wanted any more; that is an error value too, not an exception.</param>
    ValueTask<TransportReply> ExchangeAsync(ReadOnlyMemory<byte> frame, CancellationToken deadline);
}
