namespace Kms.Testing.Ledger;

/// <summary>The last two bytes of an answer.</summary>
public enum AppStatus : ushort
{
    /// <summary>Done.</summary>
    Ok = 0x9000,

    /// <summary>Nobody has entered the PIN; what the newest firmware says.</summary>
    Locked = 0x5515,

    /// <summary>A command of fewer than 5 bytes.</summary>
    ShortCommand = 0x6700,

    /// <summary>A command of no bytes.</summary>
    EmptyCommand = 0x6982,

    /// <summary>A message that is larger than the app's buffer.</summary>
    BufferFull = 0x6983,

    /// <summary>A message that the parser refuses; one byte in front says why (<see cref="ParseFault"/>).</summary>
    Unparsable = 0x6984,

    /// <summary>The height, round and type do not come after the last ones.</summary>
    NotAfterLast = 0x6985,

    /// <summary>The reject button.</summary>
    Rejected = 0x6986,

    /// <summary>The app has no such instruction.</summary>
    UnknownInstruction = 0x6D00,

    /// <summary>The class of another app.</summary>
    UnknownClass = 0x6E00,
}

/// <summary>Why the parser refuses a message.</summary>
public enum ParseFault : byte
{
    /// <summary>Nothing is wrong.</summary>
    None = 0,

    /// <summary>A field, or the message, ends early.</summary>
    EndsEarly = 1,

    /// <summary>The field number 0.</summary>
    UnexpectedField = 2,

    /// <summary>A known field with another wire type.</summary>
    WireType = 3,

    /// <summary>Neither prevote, precommit nor proposal.</summary>
    Type = 4,

    /// <summary>A negative height; also a round from 128 to 255.</summary>
    Height = 5,

    /// <summary>A round that is negative or over 255.</summary>
    Round = 6,

    /// <summary>The length in front is not that of the rest, or takes more than a byte.</summary>
    Size = 7,
}
