namespace Kms.Hardware.YubiHsm;

/// <summary>The error byte of a device. Other values than these may come.</summary>
public enum DeviceError : byte
{
#pragma warning disable CS1591 // Explained by DeviceErrors.Sentence.
    None = 0x00,
    UnknownCommand = 0x01,
    InvalidData = 0x02,
    InvalidSession = 0x03,
    AuthenticationFailed = 0x04,
    SessionsFull = 0x05,
    SessionFailed = 0x06,
    StorageFailed = 0x07,
    WrongLength = 0x08,
    InsufficientPermissions = 0x09,
    LogFull = 0x0A,
    ObjectNotFound = 0x0B,
    InvalidId = 0x0C,
    SshCaConstraintViolation = 0x0E,
    InvalidOtp = 0x0F,
    DemoMode = 0x10,
    ObjectExists = 0x11,
    AlgorithmDisabled = 0x12,
    CommandUnexecuted = 0xFF,
#pragma warning restore CS1591
}

/// <summary>The device's errors in words.</summary>
public static class DeviceErrors
{
    /// <summary>What an error means and what to do about it, to follow the name of a command and a colon.</summary>
    public static string Sentence(this DeviceError error) => error switch
    {
        DeviceError.UnknownCommand => "the device does not know this command: its firmware is too old for it",
        DeviceError.InvalidData =>
            "the device cannot use the data: an id, a length, or a capability or domain beyond those delegated to the authentication key",
        DeviceError.InvalidSession => "the device does not know the session any more: it was idle for 30 s, or the device was restarted",
        DeviceError.AuthenticationFailed => "the device could not verify the message: the password is wrong, or somebody changes bytes on the way",
        DeviceError.SessionsFull => "all 16 sessions of the device are in use: close other programs that use it, or wait 30 s until idle ones end",
        DeviceError.SessionFailed => "the device could not create a session: try again, or unplug it and plug it in",
        DeviceError.StorageFailed => "the device has no room for another object, or its storage failed: delete objects that are not needed",
        DeviceError.WrongLength => "the device says that the data has a wrong length",
        DeviceError.InsufficientPermissions => "the authentication key or the object lacks the capability for it: see the capabilities of both",
        DeviceError.LogFull => "the device's log is full and its audit option does not let it go on: read the log and set the log index",
        DeviceError.ObjectNotFound => "there is no such object, or it shares no domain with the authentication key: see the id and the domains of both",
        DeviceError.InvalidId => "the object id is not one that can be used: ids are 0x0001 to 0xfffe",
        DeviceError.SshCaConstraintViolation => "a constraint of the SSH certificate template is violated",
        DeviceError.InvalidOtp => "the one-time password is not valid",
        DeviceError.DemoMode => "the device is in demo mode and must be unplugged and plugged in",
        DeviceError.ObjectExists => "an object with this id exists already: choose another id, or delete the old object first",
        DeviceError.AlgorithmDisabled => "the algorithm is disabled in the device: a device in FIPS mode has no secp256k1 or no Ed25519 keys",
        DeviceError.CommandUnexecuted => "the device has not finished the command",
        _ => $"the device reports an error that is not known here (0x{(byte)error:x2})",
    };
}
