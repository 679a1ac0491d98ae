namespace Kms.Testing.YubiHsm;

/// <summary>Kinds of objects; the same id may be used once by each.</summary>
public enum DeviceObjectType : byte
{
#pragma warning disable CS1591 // The names are those of the device's documentation.
    Opaque = 1,
    AuthenticationKey = 2,
    AsymmetricKey = 3,
    WrapKey = 4,
#pragma warning restore CS1591
}

/// <summary>One stored object.</summary>
/// <param name="Type">Its kind.</param>
/// <param name="Id">1 to 0xFFFE.</param>
/// <param name="Algorithm">What it is a key of.</param>
/// <param name="Domains">Bit n-1 for domain n.</param>
/// <param name="Capabilities">What may be done with it.</param>
/// <param name="Label">40 bytes, padded with zeros.</param>
/// <param name="Origin">1 generated, 2 imported, with 0x10 added when it came in wrapped.</param>
/// <param name="Payload">What follows the header when it is wrapped (yubihsm-shell yhwrap/main.c): Ed25519 scalar big-endian || prefix || public key, and
/// the seed after it when it is known; EC scalar || X || Y; authentication and wrap keys delegated capabilities || keys; opaque data as it is.</param>
public sealed record YubiHsmObject(
    DeviceObjectType Type, ushort Id, DeviceAlgorithm Algorithm, ushort Domains, DeviceCapabilities Capabilities, byte[] Label, byte Origin, byte[] Payload)
{
    internal const int LabelSize = 40;
    internal const byte Generated = 1, Imported = 2, Wrapped = 0x10;
    internal const ushort FactoryKeyId = 1;

    private const int DelegatedSize = 8;
    private static readonly byte[] FactoryKeys = DeviceCrypto.PasswordKeys("password");

    /// <summary>How often this type and id had been created before.</summary>
    public byte Sequence { get; init; }

    /// <summary>What objects created or wrapped with this one may be able to do; nothing for those that create none.</summary>
    public DeviceCapabilities Delegated => HoldsKeys ? new FieldReader(Payload).Capabilities() : DeviceCapabilities.None;

    /// <summary>The keys of an authentication or wrap key.</summary>
    internal byte[] Keys => Payload[DelegatedSize..];

    private bool HoldsKeys => Type is DeviceObjectType.AuthenticationKey or DeviceObjectType.WrapKey;

    /// <summary>The authentication key of a device from the box (python-yubihsm tests/device/test_reset.py). Whether a device sets more than the capabilities
    /// it knows is [device, unverified]; all bits are what yubihsm.rs shows and what tmkms asks for.</summary>
    internal static YubiHsmObject Factory => new(
        DeviceObjectType.AuthenticationKey, FactoryKeyId, DeviceAlgorithm.Aes128Authentication, 0xFFFF, DeviceCapabilities.All,
        LabelOf("DEFAULT AUTHKEY CHANGE THIS ASAP"u8), Imported, [.. DeviceCapabilities.All.Write(), .. FactoryKeys]);

    /// <summary>The answer of GetObjectInfo, 66 bytes.</summary>
    internal byte[] Info =>
    [
        .. Capabilities.Write(), .. Fields.U16(Id), .. Fields.U16(Payload.Length), .. Fields.U16(Domains), (byte)Type, (byte)Algorithm, Sequence, Origin,
        .. Label, .. Delegated.Write(),
    ];

    private static byte[] LabelOf(ReadOnlySpan<byte> text) => [.. text, .. new byte[LabelSize - text.Length]];
}
