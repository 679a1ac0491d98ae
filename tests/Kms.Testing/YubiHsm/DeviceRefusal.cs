namespace Kms.Testing.YubiHsm;

/// <summary>The byte of an error response (yubihsm-shell lib/yubihsm.c, python-yubihsm defs.py).</summary>
public enum DeviceRefusal : byte
{
    /// <summary>No command has this code.</summary>
    UnknownCommand = 0x01,

    /// <summary>A field has a value that cannot be.</summary>
    InvalidData = 0x02,

    /// <summary>No such session, or it has expired.</summary>
    InvalidSession = 0x03,

    /// <summary>A MAC or a cryptogram is wrong.</summary>
    AuthenticationFailed = 0x04,

    /// <summary>All 16 sessions are in use.</summary>
    SessionsFull = 0x05,

    /// <summary>A session could not be created.</summary>
    SessionFailed = 0x06,

    /// <summary>256 objects, or no pages left.</summary>
    StorageFailed = 0x07,

    /// <summary>A frame or a field is too short or too long.</summary>
    WrongLength = 0x08,

    /// <summary>The session's key or the object lacks a capability.</summary>
    InsufficientPermissions = 0x09,

    /// <summary>Force-audit is on and the log is full.</summary>
    LogFull = 0x0A,

    /// <summary>No such object, or it shares no domain with the session's key.</summary>
    ObjectNotFound = 0x0B,

    /// <summary>An id that may not be used here.</summary>
    InvalidId = 0x0C,

    /// <summary>The type and id are taken.</summary>
    ObjectExists = 0x11,

    /// <summary>The algorithm is switched off, or not simulated.</summary>
    AlgorithmDisabled = 0x12,
}

/// <summary>Ends a command of the device from any depth of it. It never leaves <see cref="YubiHsmDevice"/>: there it becomes an error response.</summary>
internal sealed class CommandFailure(DeviceRefusal refusal) : Exception(refusal.ToString())
{
    public DeviceRefusal Refusal => refusal;
}
