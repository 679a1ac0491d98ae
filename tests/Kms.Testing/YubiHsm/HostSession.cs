namespace Kms.Testing.YubiHsm;

/// <summary>A host's end of a session, to prepare and to look at a simulated device without the product.</summary>
public sealed class HostSession
{
    private readonly YubiHsmDevice _device;
    private readonly SecureChannel _channel;

    private HostSession(YubiHsmDevice device, byte id, SecureChannel channel) => (_device, Id, _channel) = (device, id, channel);

    /// <summary>The device's number of it.</summary>
    public byte Id { get; }

    /// <summary>Opens a session with a password.</summary>
    /// <exception cref="InvalidOperationException">The device refuses it.</exception>
    public static HostSession Open(YubiHsmDevice device, ushort keyId = 1, string password = "password") =>
        Open(device, keyId, DeviceCrypto.PasswordKeys(password));

    /// <summary>Opens a session with K-ENC || K-MAC.</summary>
    /// <exception cref="InvalidOperationException">The device refuses it; the message ends in the code.</exception>
    public static HostSession Open(YubiHsmDevice device, ushort keyId, byte[] keys)
    {
        byte[] challenge = [1, 2, 3, 4, 5, 6, 7, 8];
        var created = device.Exchange([0x03, 0, 10, .. Fields.U16(keyId), .. challenge]);
        if (created[0] != 0x83) throw new InvalidOperationException($"no session: {created[^1]:x2}");
        byte[] context = [.. challenge, .. created[4..12]];
        var channel = SecureChannel.Derive(keys, context);
        var authenticated = device.Exchange(channel.AuthenticateCommand(created[3], context));
        if (authenticated[0] != 0x84) throw new InvalidOperationException($"not authenticated: {authenticated[^1]:x2}");
        return new HostSession(device, created[3], channel);
    }

    /// <summary>A command and the inner frame that answers it.</summary>
    /// <exception cref="InvalidOperationException">The session is gone; the message ends in the code.</exception>
    public byte[] Exchange(byte[] inner)
    {
        var response = _device.Exchange(Seal(inner));
        if (response[0] != 0x85) throw new InvalidOperationException($"no session: {response[^1]:x2}");
        return _channel.OpenResponse(response) ?? throw new InvalidOperationException("the response's MAC is wrong");
    }

    /// <summary>The frame of a command, which the device is to be given next.</summary>
    public byte[] Seal(byte[] inner) => _channel.SealCommand(Id, inner);

    /// <summary>The data that answers a command.</summary>
    /// <exception cref="InvalidOperationException">The device refuses it; the message names the reason.</exception>
    public byte[] Do(DeviceCode code, params byte[] data)
    {
        var response = Exchange([(byte)code, .. Fields.U16(data.Length), .. data]);
        return response[0] == ((byte)code | 0x80) ? response[3..] : throw new InvalidOperationException($"{code}: {(DeviceRefusal)response[3]}");
    }

    /// <summary>Why the device refuses a command; null when it does not.</summary>
    public DeviceRefusal? Refusal(DeviceCode code, params byte[] data)
    {
        var response = Exchange([(byte)code, .. Fields.U16(data.Length), .. data]);
        return response[0] == (byte)DeviceCode.Error ? (DeviceRefusal)response[3] : null;
    }

    /// <summary>The part that all commands begin with which create an object.</summary>
    public static byte[] Common(ushort id, DeviceAlgorithm algorithm, DeviceCapabilities capabilities, ushort domains = 1, string label = "") =>
    [
        .. Fields.U16(id), .. System.Text.Encoding.UTF8.GetBytes(label), .. new byte[YubiHsmObject.LabelSize - System.Text.Encoding.UTF8.GetByteCount(label)],
        .. Fields.U16(domains), .. capabilities.Write(), (byte)algorithm,
    ];

    /// <summary>Puts a signing key of which the secret is known: an Ed25519 seed, or a scalar.</summary>
    public void PutKey(ushort id, byte[] secret, DeviceAlgorithm algorithm = DeviceAlgorithm.Ed25519, ushort domains = 1)
    {
        var use = algorithm == DeviceAlgorithm.Ed25519 ? DeviceCapabilities.SignEddsa : DeviceCapabilities.SignEcdsa;
        Do(DeviceCode.PutAsymmetricKey, [.. Common(id, algorithm, use | DeviceCapabilities.ExportableUnderWrap, domains), .. secret]);
    }

    /// <summary>Puts an authentication key with a password.</summary>
    public void PutAuthenticationKey(
        ushort id, string password, DeviceCapabilities capabilities, DeviceCapabilities delegated = DeviceCapabilities.None, ushort domains = 1) =>
        Do(DeviceCode.PutAuthenticationKey,
            [.. Common(id, DeviceAlgorithm.Aes128Authentication, capabilities, domains), .. delegated.Write(), .. DeviceCrypto.PasswordKeys(password)]);
}
