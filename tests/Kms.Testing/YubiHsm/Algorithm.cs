namespace Kms.Testing.YubiHsm;

/// <summary>The algorithms that are simulated. RSA, HMAC, OTP and the symmetric ones of later firmware are not: the commands that would need them
/// answer <see cref="DeviceError.UnknownCommand"/>, and keys of them <see cref="DeviceError.AlgorithmDisabled"/>.</summary>
public enum Algorithm : byte
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
    public static string? Curve(this Algorithm algorithm) => algorithm switch
    {
        Algorithm.EcP256 => "secp256r1",
        Algorithm.EcP384 => "secp384r1",
        Algorithm.EcP521 => "secp521r1",
        Algorithm.EcK256 => "secp256k1",
        _ => null,
    };

    /// <summary>Bytes of a secret that is put or generated.</summary>
    public static int SecretSize(this Algorithm algorithm) => algorithm switch
    {
        Algorithm.EcP384 => 48,
        Algorithm.EcP521 => 66,
        Algorithm.EcP256 or Algorithm.EcK256 or Algorithm.Ed25519 or Algorithm.Aes128Authentication or Algorithm.Aes256CcmWrap => 32,
        Algorithm.EcP256Authentication => 64,
        Algorithm.Aes192CcmWrap => 24,
        Algorithm.Aes128CcmWrap => 16,
        _ => throw new CommandFailure(DeviceError.AlgorithmDisabled),
    };
}
