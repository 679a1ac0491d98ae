namespace Kms.Testing.YubiHsm;

/// <summary>What a key may do or have done with it: 8 bytes, big-endian, bit numbers as in yubihsm-shell lib/yubihsm.h.</summary>
[Flags]
public enum DeviceCapabilities : ulong
{
#pragma warning disable CS1591 // The names are those of the device's documentation.
    None = 0,
    GetOpaque = 1UL << 0x00,
    PutOpaque = 1UL << 0x01,
    PutAuthenticationKey = 1UL << 0x02,
    PutAsymmetricKey = 1UL << 0x03,
    GenerateAsymmetricKey = 1UL << 0x04,
    SignEcdsa = 1UL << 0x07,
    SignEddsa = 1UL << 0x08,
    ExportWrapped = 1UL << 0x0C,
    ImportWrapped = 1UL << 0x0D,
    PutWrapKey = 1UL << 0x0E,
    GenerateWrapKey = 1UL << 0x0F,
    ExportableUnderWrap = 1UL << 0x10,
    SetOption = 1UL << 0x11,
    GetOption = 1UL << 0x12,
    GetPseudoRandom = 1UL << 0x13,
    GetLogEntries = 1UL << 0x18,
    ResetDevice = 1UL << 0x1C,
    WrapData = 1UL << 0x25,
    UnwrapData = 1UL << 0x26,
    DeleteOpaque = 1UL << 0x27,
    DeleteAuthenticationKey = 1UL << 0x28,
    DeleteAsymmetricKey = 1UL << 0x29,
    DeleteWrapKey = 1UL << 0x2A,
    ChangeAuthenticationKey = 1UL << 0x2E,

    /// <summary>Every bit: tmkms writes this into its keys, and so does the factory key's recorded description.</summary>
    All = ulong.MaxValue,
#pragma warning restore CS1591
}
