namespace Kms.Testing.YubiHsm;

/// <summary>How a simulated device is made. The defaults are a device of firmware 2.4.1 from the box.</summary>
public sealed record YubiHsmOptions
{
    /// <summary>Which rules hold: frames, error codes, asymmetric sessions.</summary>
    public Version Firmware { get; init; } = new(2, 4, 1);

    /// <summary>Ten digits at most.</summary>
    public uint Serial { get; init; } = 123456789;

    /// <summary>The clock of sessions and of the log.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Where challenges (8 bytes), keys, nonces (13 bytes) and random numbers come from.</summary>
    public Func<int, byte[]> Random { get; init; } = System.Security.Cryptography.RandomNumberGenerator.GetBytes;

    /// <summary>How long the device is gone from the bus after ResetDevice; a real one takes 1 to 5 s.</summary>
    public TimeSpan BootTime { get; init; }
}

/// <summary>What the commands of a device work on; a reset makes a new one.</summary>
internal sealed class DeviceState(YubiHsmOptions options)
{
    private byte[]? _staticSecret;

    public YubiHsmOptions Options => options;

    /// <summary>The device's P-256 key for asymmetric sessions. That a reset makes a new one is [device, unverified].</summary>
    public byte[] StaticSecret => _staticSecret ??= options.Random(AsymmetricAgreement.SecretSize);

    public ObjectStore Store { get; } = new();

    public AuditLog Log { get; } = new();

    public DeviceSettings Settings { get; } = new(Algorithms(options.Firmware));

    /// <summary>What GetDeviceInfo lists: all up to the newest of the firmware, as the vectors of 2.0.0 and 2.2.5 have it.</summary>
    public static byte[] Algorithms(Version firmware) => [.. Enumerable.Range(1, firmware >= new Version(2, 2) ? 49 : 47).Select(number => (byte)number)];

    /// <summary>Bytes of a whole frame, in either direction.</summary>
    public int FrameLimit => options.Firmware >= new Version(2, 4) ? 3136 : 2048;

    /// <summary>Bytes of data of a command in a session: 2021 where frames have 2048 (python-yubihsm test_echo_max_size); for longer frames the same
    /// distance is [device, unverified].</summary>
    public int DataLimit => FrameLimit - 27;

    /// <summary>The answer to capabilities or domains beyond those the session may give. The code is [device, unverified]: older firmware says
    /// "invalid data" where 2.5 says "permissions" of comparable commands (python-yubihsm tests/device/test_wrap.py).</summary>
    public DeviceRefusal BeyondRights => options.Firmware >= new Version(2, 5) ? DeviceRefusal.InsufficientPermissions : DeviceRefusal.InvalidData;
}
