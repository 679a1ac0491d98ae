namespace Kms.Hardware.Ledger;

/// <summary>A report that was read, or the reason why there is none.</summary>
/// <param name="Bytes">The report as it came; null when there is none.</param>
/// <param name="Error">What went wrong and what to do, a sentence; null when there is a report.</param>
public readonly record struct HidReport(ReadOnlyMemory<byte>? Bytes, string? Error)
{
    /// <summary>Read.</summary>
    public static HidReport Ok(ReadOnlyMemory<byte> bytes) => new(bytes, null);

    /// <summary>Not read.</summary>
    public static HidReport Failed(string error) => new(null, error);
}

/// <summary>An opened HID device. One call at a time. Nothing is thrown but by bugs.</summary>
public interface IHidChannel : IDisposable
{
    /// <summary>Writes a report; null, or what went wrong and what to do, a sentence.</summary>
    /// <param name="report"><see cref="HidFraming.ReportSize"/> bytes without a report id.</param>
    /// <param name="deadline">Cancelled when the answer is not wanted any more; an error value too.</param>
    ValueTask<string?> WriteAsync(ReadOnlyMemory<byte> report, CancellationToken deadline);

    /// <summary>Waits for the next report.</summary>
    /// <param name="deadline">Cancelled when the answer is not wanted any more; an error value too.</param>
    ValueTask<HidReport> ReadAsync(CancellationToken deadline);

    /// <summary>Throws away the reports that wait to be read, without waiting for more; null, or why the device cannot be read.</summary>
    string? Drain();
}

/// <summary>A channel, or why there is none: exactly one of the two.</summary>
/// <param name="Channel">The caller's to dispose of.</param>
/// <param name="Error">What is wrong and what to do, a sentence.</param>
public readonly record struct HidOpening(IHidChannel? Channel, string? Error)
{
    /// <summary>Open.</summary>
    public static HidOpening Ok(IHidChannel channel) => new(channel, null);

    /// <summary>Not open.</summary>
    public static HidOpening Failed(string error) => new(null, error);
}

/// <summary>Finds the device anew each time: it comes back under another product id when an app is opened or closed.</summary>
public interface IHidDevice
{
    /// <summary>Opens the device that is there now.</summary>
    /// <param name="deadline">Cancelled when it is not wanted any more; an error value too.</param>
    ValueTask<HidOpening> OpenAsync(CancellationToken deadline);
}
