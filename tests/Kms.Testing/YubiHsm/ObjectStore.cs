namespace Kms.Testing.YubiHsm;

/// <summary>The objects of a device: 256 of them in 126 KB at most.</summary>
internal sealed class ObjectStore
{
    public const int Records = 256, Pages = 1024, PageSize = 126;

    private const ushort LastId = 0xFFFE;

    private readonly SortedDictionary<(ushort Id, DeviceObjectType Type), YubiHsmObject> _objects = [];
    private readonly Dictionary<(ushort Id, DeviceObjectType Type), byte> _nextSequence = [];

    public ObjectStore() => Add(YubiHsmObject.Factory);

    /// <summary>Acts as if nothing more fitted in.</summary>
    public bool Full { get; set; }

    /// <summary>All, by id and then type. A device's order is [device, unverified].</summary>
    public IReadOnlyCollection<YubiHsmObject> All => _objects.Values;

    /// <summary>Whether nothing but the factory key was ever put here, which some options ask for.</summary>
    public bool IsFresh => _nextSequence.Count == 1;

    public int FreeRecords => Full ? 0 : Records - _objects.Count;

    public int FreePages => Full ? 0 : Pages - _objects.Values.Sum(PagesOf);

    public YubiHsmObject? Find(DeviceObjectType type, ushort id) => _objects.GetValueOrDefault((id, type));

    /// <summary>Adds an object under its id, or under a free one when that is 0.</summary>
    /// <returns>The id.</returns>
    public ushort Add(YubiHsmObject added)
    {
        var id = added.Id != 0 ? added.Id : FreeId(added.Type);
        if (id > LastId) throw new CommandFailure(DeviceRefusal.InvalidId);
        if (_objects.ContainsKey((id, added.Type))) throw new CommandFailure(DeviceRefusal.ObjectExists);
        if (FreeRecords == 0 || FreePages < PagesOf(added)) throw new CommandFailure(DeviceRefusal.StorageFailed);

        var sequence = _nextSequence.GetValueOrDefault((id, added.Type));
        _nextSequence[(id, added.Type)] = (byte)((sequence + 1) & 0xFF);
        _objects[(id, added.Type)] = added with { Id = id, Sequence = sequence };
        return id;
    }

    public void Replace(YubiHsmObject changed) => _objects[(changed.Id, changed.Type)] = changed;

    public void Delete(YubiHsmObject deleted) => _objects.Remove((deleted.Id, deleted.Type));

    // Which id a device chooses is [device, unverified].
    private ushort FreeId(DeviceObjectType type)
    {
        for (ushort id = 1; id <= LastId; id++)
            if (!_objects.ContainsKey((id, type))) return id;
        throw new CommandFailure(DeviceRefusal.StorageFailed);
    }

    private static int PagesOf(YubiHsmObject stored) => (stored.Payload.Length + PageSize - 1) / PageSize;
}
