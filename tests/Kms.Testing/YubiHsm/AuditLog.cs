namespace Kms.Testing.YubiHsm;

/// <summary>The log of a device: 62 entries of 32 bytes, each carrying a digest of itself and of the one before.</summary>
public sealed class AuditLog
{
    /// <summary>Entries that fit.</summary>
    public const int Capacity = 62;

    /// <summary>Stands for "no object" in an entry.</summary>
    public const ushort NoObject = 0xFFFF;

    private readonly List<(ushort Number, byte[] Bytes)> _entries = [];
    private byte[] _digest = new byte[16];
    private ushort _number;
    private int _unloggedBoots;
    private int _unloggedAuthentications;

    /// <summary>The log of a device that was just reset. Over what a device takes the first digest is [device, unverified]: here over zeros.</summary>
    public AuditLog()
    {
        Append([0, 1, .. Enumerable.Repeat((byte)0xFF, 14)]);
        Boot(force: false);
    }

    /// <summary>Entries in the store.</summary>
    public int Count => _entries.Count;

    /// <summary>Whether a forced audit has to stop the device.</summary>
    public bool IsFull => _entries.Count >= Capacity;

    /// <summary>The entries, oldest first.</summary>
    public IReadOnlyList<byte[]> Entries => [.. _entries.Select(entry => entry.Bytes)];

    /// <summary>The digest rule: SHA-256(first 16 bytes of the entry || previous digest), its first 16 bytes.</summary>
    public static byte[] Digest(byte[] entry, byte[] previous) => DeviceCrypto.Sha256([.. entry[..16], .. previous])[..16];

    internal void Boot(bool force)
    {
        if (force && IsFull) _unloggedBoots++;
        else Append([.. Next(), 0, 0, 0, 0xFF, 0xFF, .. new byte[9]]);
    }

    internal void Record(LogEvent logged, bool force)
    {
        if (force && IsFull)
        {
            if (logged.Code is DeviceCode.AuthenticateSession) _unloggedAuthentications++;
            return;
        }

        Append(
        [
            .. Next(), (byte)logged.Code, .. Fields.U16(logged.Length), .. Fields.U16(logged.SessionKey), .. Fields.U16(logged.Target),
            .. Fields.U16(logged.Second), logged.Result, .. Fields.U32(logged.Tick),
        ]);
    }

    internal byte[] Read() =>
        [.. Fields.U16(_unloggedBoots), .. Fields.U16(_unloggedAuthentications), (byte)_entries.Count, .. _entries.SelectMany(entry => entry.Bytes)];

    /// <summary>Frees the entries up to and including one. What a device says of a number that it does not hold is [device, unverified].</summary>
    internal void FreeUpTo(ushort number)
    {
        var index = _entries.FindIndex(entry => entry.Number == number);
        if (index < 0) throw new CommandFailure(DeviceRefusal.InvalidData);
        _entries.RemoveRange(0, index + 1);
        (_unloggedBoots, _unloggedAuthentications) = (0, 0);
    }

    private byte[] Next() => Fields.U16((_number + 1) & 0xFFFF);

    // A full store that is not forced loses its oldest entry.
    private void Append(byte[] entry)
    {
        if (IsFull) _entries.RemoveAt(0);
        _digest = Digest(entry, _digest);
        _number = new FieldReader(entry).U16();
        _entries.Add((_number, [.. entry, .. _digest]));
    }
}

/// <summary>What an entry says of a command.</summary>
internal sealed record LogEvent(DeviceCode Code, int Length, ushort SessionKey, ushort Target, ushort Second, byte Result, uint Tick);
