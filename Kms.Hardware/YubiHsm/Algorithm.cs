namespace Kms.Hardware.YubiHsm;

/// <summary>The algorithms used here, of about fifty-five. A device may report others.</summary>
public enum Algorithm : byte
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>NIST P-256: X‖Y.</summary>
    EcP256 = 12,

    /// <summary>secp256k1: 32-byte secrets, public keys X‖Y.</summary>
    Secp256k1 = 15,

    /// <summary>A wrap key of 16 bytes.</summary>
    Aes128CcmWrap = 29,

    /// <summary>Opaque bytes.</summary>
    OpaqueData = 30,

    /// <summary>An opaque X.509 certificate.</summary>
    OpaqueX509Certificate = 31,

    /// <summary>An authentication key of a password: two AES-128 keys.</summary>
    Aes128YubicoAuthentication = 38,

    /// <summary>A wrap key of 24 bytes.</summary>
    Aes192CcmWrap = 41,

    /// <summary>A wrap key of 32 bytes.</summary>
    Aes256CcmWrap = 42,

    /// <summary>Ed25519 (RFC 8032): 32-byte seeds and public keys.</summary>
    Ed25519 = 46,

    /// <summary>An authentication key that is a P-256 public key.</summary>
    EcP256YubicoAuthentication = 49,
}
