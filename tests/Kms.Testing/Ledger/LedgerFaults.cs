namespace Kms.Testing.Ledger;

/// <summary>What can happen to a command or its answer on the way.</summary>
public enum AnswerFault
{
    /// <summary>The command does not arrive. By TCP the connection ends.</summary>
    Ignored,

    /// <summary>The command is carried out and its answer does not come: a signature may exist that nobody has seen. By TCP the connection ends.</summary>
    Lost,

    /// <summary>The last report of the answer does not come; by TCP its last byte, and the connection ends.</summary>
    Unfinished,

    /// <summary>The first byte of the answer has a bit flipped.</summary>
    Corrupt,

    /// <summary>HID: the last report ends after 4 bytes.</summary>
    Short,

    /// <summary>HID: the last report has the number of another.</summary>
    Misnumbered,

    /// <summary>HID: the reports are on another channel.</summary>
    WrongChannel,

    /// <summary>HID: the reports carry something else than an answer.</summary>
    WrongTag,

    /// <summary>HID: the first report says that the answer has no bytes.</summary>
    NoLength,

    /// <summary>The answer says that it is longer than any can be.</summary>
    TooLong,
}

/// <summary>The faults of a device on its way to the host. Those of the device itself are what one can do to <see cref="SimulatedLedger"/>.</summary>
public sealed class LedgerFaults
{
    private readonly Queue<AnswerFault> _faults = new();

    /// <summary>How long each answer takes, by the device's clock. The command is carried out at once.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Spoils the next exchange; each call one more.</summary>
    public void Spoil(AnswerFault fault)
    {
        lock (_faults) _faults.Enqueue(fault);
    }

    internal AnswerFault? Next()
    {
        lock (_faults) return _faults.TryDequeue(out var fault) ? fault : null;
    }
}
