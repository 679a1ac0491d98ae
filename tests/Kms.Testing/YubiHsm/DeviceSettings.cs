namespace Kms.Testing.YubiHsm;

/// <summary>The options of a device (SetOption, GetOption): 1 force-audit, 3 command-audit, 4 algorithm-toggle, 5 FIPS mode.</summary>
internal sealed class DeviceSettings
{
    private const byte ForceAuditOption = 1, CommandAuditOption = 3, AlgorithmToggleOption = 4, FipsOption = 5;
    private const byte Off = 0, On = 1, Fix = 2;

    private readonly SortedDictionary<byte, byte> _audited;
    private readonly SortedDictionary<byte, byte> _algorithms;
    private byte _forceAudit;

    public DeviceSettings(IReadOnlyList<byte> algorithms)
    {
        // Which commands are audited from the box is [device, unverified]: here all but the envelope, whose contents are audited.
        _audited = new(Enum.GetValues<DeviceCode>().Where(code => code != DeviceCode.Error)
            .ToDictionary(code => (byte)code, code => code == DeviceCode.SessionMessage ? Off : On));
        _algorithms = new(algorithms.ToDictionary(algorithm => algorithm, _ => On));
    }

    public bool ForceAudit => _forceAudit != Off;

    public bool Audits(DeviceCode code) => _audited.GetValueOrDefault((byte)code) != Off;

    public bool Allows(DeviceAlgorithm algorithm) => _algorithms.GetValueOrDefault((byte)algorithm) != Off;

    public byte[] Get(byte option) => option switch
    {
        ForceAuditOption => [_forceAudit],
        CommandAuditOption => Pairs(_audited),
        AlgorithmToggleOption => Pairs(_algorithms),
        FipsOption => [Off],
        _ => throw new CommandFailure(DeviceRefusal.InvalidData),
    };

    public void Set(byte option, byte[] value, bool fresh)
    {
        if (option == ForceAuditOption && value.Length == 1) _forceAudit = Change(_forceAudit, value[0]);
        else if (option == CommandAuditOption) SetPairs(_audited, value);
        else if (option == AlgorithmToggleOption && fresh) SetPairs(_algorithms, value);
        else throw new CommandFailure(DeviceRefusal.InvalidData); // FIPS mode is for devices of the FIPS series only.
    }

    private static byte[] Pairs(SortedDictionary<byte, byte> values) => [.. values.SelectMany(pair => new[] { pair.Key, pair.Value })];

    private static void SetPairs(SortedDictionary<byte, byte> values, byte[] pairs)
    {
        if (pairs.Length % 2 != 0) throw new CommandFailure(DeviceRefusal.WrongLength);
        foreach (var pair in pairs.Chunk(2))
        {
            if (!values.TryGetValue(pair[0], out var current)) throw new CommandFailure(DeviceRefusal.InvalidData);
            values[pair[0]] = Change(current, pair[1]);
        }
    }

    // A fixed option stays as it is until the device is reset.
    private static byte Change(byte current, byte value) =>
        value <= Fix && (current != Fix || value == Fix) ? value : throw new CommandFailure(DeviceRefusal.InvalidData);
}
