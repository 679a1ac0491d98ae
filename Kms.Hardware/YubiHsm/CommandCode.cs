namespace Kms.Hardware.YubiHsm;

/// <summary>The commands used here. A successful answer has the same code with the highest bit set.</summary>
public enum CommandCode : byte
{
#pragma warning disable CS1591 // The names are those of Yubico's command reference.
    None = 0x00,
    Echo = 0x01,
    CreateSession = 0x03,
    AuthenticateSession = 0x04,
    SessionMessage = 0x05,
    GetDeviceInfo = 0x06,
    ResetDevice = 0x08,
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
    GetPseudoRandom = 0x51,
    GetPublicKey = 0x54,
    SignEcdsa = 0x56,
    DeleteObject = 0x58,
    GenerateWrapKey = 0x5B,
    SetLogIndex = 0x67,
    SignEddsa = 0x6A,
    BlinkDevice = 0x6B,
    ChangeAuthenticationKey = 0x6C,
    Error = 0x7F,
#pragma warning restore CS1591
}
