namespace Kms.Testing.YubiHsm;

/// <summary>Codes of the commands that are simulated; a response has the same with 0x80 added.</summary>
public enum DeviceCode : byte
{
#pragma warning disable CS1591 // The names are those of the device's documentation.
    Echo = 0x01,
    CreateSession = 0x03,
    AuthenticateSession = 0x04,
    SessionMessage = 0x05,
    GetDeviceInfo = 0x06,
    ResetDevice = 0x08,
    GetDevicePublicKey = 0x0A,
    CloseSession = 0x40,
    GetStorageInfo = 0x41,
    PutOpaque = 0x42,
    GetOpaque = 0x43,
    PutAuthenticationKey = 0x44,
    PutAsymmetricKey = 0x45,
    GenerateAsymmetricKey = 0x46,
    ListObjects = 0x48,
    ExportWrapped = 0x4A,
    ImportWrapped = 0x4B,
    PutWrapKey = 0x4C,
    GetLogEntries = 0x4D,
    GetObjectInfo = 0x4E,
    SetOption = 0x4F,
    GetOption = 0x50,
    GetPseudoRandom = 0x51,
    GetPublicKey = 0x54,
    SignEcdsa = 0x56,
    DeleteObject = 0x58,
    GenerateWrapKey = 0x5B,
    SetLogIndex = 0x67,
    WrapData = 0x68,
    UnwrapData = 0x69,
    SignEddsa = 0x6A,
    BlinkDevice = 0x6B,
    ChangeAuthenticationKey = 0x6C,
    Error = 0x7F,
#pragma warning restore CS1591
}
