namespace Kms.Hardware.Ledger;

/// <summary>The last two bytes of an answer. Other values than these may come.</summary>
public enum StatusWord : ushort
{
#pragma warning disable CS1591 // Explained by StatusWords.Sentence.
    None = 0x0000,
    Locked = 0x5515,
    ExecutionError = 0x6400,
    WrongLength = 0x6700,
    DeviceHalted = 0x6804,
    EmptyExchange = 0x6982,
    BufferTooSmall = 0x6983,
    InvalidMessage = 0x6984,
    RuleViolation = 0x6985,
    Rejected = 0x6986,
    NoAppOpen = 0x6B0C,
    UnknownInstruction = 0x6D00,
    UnknownClass = 0x6E00,
    ClassNotAvailable = 0x6E01,
    UnknownError = 0x6F00,
    SigningError = 0x6F01,
    Ok = 0x9000,
#pragma warning restore CS1591
}

/// <summary>Status words in words.</summary>
public static class StatusWords
{
    private const string OpenTheApp = "open the Tendermint app on the device";

    /// <summary>What kind of failure a status word is.</summary>
    public static LedgerCause Cause(this StatusWord status) => status switch
    {
        StatusWord.BufferTooSmall or StatusWord.InvalidMessage or StatusWord.RuleViolation or StatusWord.Rejected => LedgerCause.Refused,
        StatusWord.Locked or StatusWord.DeviceHalted or StatusWord.EmptyExchange or StatusWord.NoAppOpen
            or StatusWord.UnknownInstruction or StatusWord.UnknownClass or StatusWord.ClassNotAvailable => LedgerCause.AppUnavailable,
        _ => LedgerCause.Broken,
    };

    /// <summary>What a status word means and what to do about it, to follow the name of a command and a colon.</summary>
    /// <param name="status">Any but <see cref="StatusWord.Ok"/>.</param>
    /// <param name="data">The data before it: <see cref="StatusWord.InvalidMessage"/> has a byte that says more.</param>
    public static string Sentence(this StatusWord status, ReadOnlySpan<byte> data) => status switch
    {
        StatusWord.Locked => $"the device is locked: unlock it and {OpenTheApp}",
        StatusWord.DeviceHalted or StatusWord.EmptyExchange or StatusWord.NoAppOpen or StatusWord.ClassNotAvailable =>
            $"the device is locked, or no app is open on it: unlock it and {OpenTheApp} (status {(ushort)status:x4})",
        StatusWord.UnknownInstruction or StatusWord.UnknownClass => $"another app is open on the device, or none: {OpenTheApp}",
        StatusWord.WrongLength => "the app says that the command is too short",
        StatusWord.BufferTooSmall => "the message is longer than the app's buffer",
        StatusWord.InvalidMessage => $"the app cannot sign this message: {ParseError(data)}",
        StatusWord.RuleViolation => "the app refuses to sign: its own double-sign rule allows only what is above the height, round and step on its "
            + "screen. If that position is wrong, close and open the app, and confirm the right one",
        StatusWord.Rejected => "the height and round were rejected on the device, or its keys are not ready: the next request asks for confirmation again",
        StatusWord.ExecutionError or StatusWord.UnknownError or StatusWord.SigningError =>
            $"the app failed (status {(ushort)status:x4}): close and open it on the device",
        StatusWord.Ok => "the app answered without an error",
        _ => $"the device answered with a status that is not known here ({(ushort)status:x4}): close and open the Tendermint app",
    };

    // src/lib/vote_parser.h of the app.
    private static string ParseError(ReadOnlySpan<byte> data) => data is not [var code] ? "it does not say why (versions before 0.9 never do)" : code switch
    {
        1 => "it ends too early",
        2 => "it has a field where the app expects another",
        3 => "a field has another wire type than in a vote or proposal, as in a vote extension",
        4 => "it is no prevote, precommit or proposal",
        5 => "its height is negative, or its round is above 127",
        6 => "its round is negative or above 255",
        7 => "it is longer than 127 bytes, or its length prefix is wrong",
        8 => "a number in it is too long",
        _ => $"for a reason that is not known here ({code:x2})",
    };
}
