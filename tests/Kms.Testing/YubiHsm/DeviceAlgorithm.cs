namespace Kms.Testing.YubiHsm;

/// <summary>The algorithms that are simulated. RSA, HMAC, OTP and the symmetric ones of later firmware are not: the commands that would need them
/// answer <see cref="DeviceRefusal.UnknownCommand"/>, and keys of them <see cref="DeviceRefusal.AlgorithmDisabled"/>.</summary>
public enum DeviceAlgorithm : byte
{
#pragma warning disable CS1591 // The names are those of the device's documentation.
    EcP256 = 12,
    EcP384 = 13,
    EcP521 = 14,
    EcK256 = 15,
    Aes128CcmWrap = 29,
    OpaqueData = 30,
    OpaqueX509 = 31,
    Aes128Authentication = 38,
    Aes192CcmWrap = 41,
    Aes256CcmWrap = 42,
    Ed25519 = 46,
    EcP256Authentication = 49,
#pragma warning restore CS1591
}

/// <summary>Sizes in bytes.</summary>
internal static class AlgorithmSizes
{
    /// <summary>The name of an elliptic curve of ECDSA, else null.</summary>
    public static string? Curve(this DeviceAlgorithm algorithm) => algorithm switch
    {
        DeviceAlgorithm.EcP256 => "secp256r1",
        DeviceAlgorithm.EcP384 => "secp384r1",
        DeviceAlgorithm.EcP521 => "secp521r1",
        DeviceAlgorithm.EcK256 => "secp256k1",
        _ => null,
    };

    /// <summary>Bytes of a secret that is put or generated.</summary>
    public static int SecretSize(this DeviceAlgorithm algorithm) => algorithm switch
    {
        DeviceAlgorithm.EcP384 => 48,
        DeviceAlgorithm.EcP521 => 66,
        DeviceAlgorithm.EcP256 or DeviceAlgorithm.EcK256 or DeviceAlgorithm.Ed25519 or DeviceAlgorithm.Aes128Authentication or DeviceAlgorithm.Aes256CcmWrap => 32,
        DeviceAlgorithm.EcP256Authentication => 64,
        DeviceAlgorithm.Aes192CcmWrap => 24,
        DeviceAlgorithm.Aes128CcmWrap => 16,
        _ => throw new CommandFailure(DeviceRefusal.AlgorithmDisabled),
    };
}
