namespace Kms.Hardware.YubiHsm;

/// <summary>The types of objects. An object is named by its type and id together.</summary>
public enum ObjectType : byte
{
#pragma warning disable CS1591 // The names are those of Yubico's reference.
    None = 0,
    Opaque = 1,
    AuthenticationKey = 2,
    AsymmetricKey = 3,
    WrapKey = 4,
    HmacKey = 5,
    Template = 6,
    OtpAeadKey = 7,
    SymmetricKey = 8,
    PublicWrapKey = 9,
#pragma warning restore CS1591
}
