namespace Kms.Testing.YubiHsm;

/// <summary>What is to be done when a command has been answered.</summary>
internal enum Afterwards
{
    GoOn,
    CloseSession,
    Reset,
}

/// <summary>A command in a session, with the rules of what its authentication key may do (core concepts of the user guide).</summary>
internal sealed class Call(DeviceState device, YubiHsmObject key, byte[] data)
{
    public DeviceState Device => device;

    /// <summary>The session's authentication key.</summary>
    public YubiHsmObject Key => key;

    public byte[] Data => data;

    /// <summary>For the log: the object the command is about, and the other one.</summary>
    public ushort Target { get; private set; } = AuditLog.NoObject;

    public ushort Second { get; private set; } = AuditLog.NoObject;

    public Afterwards Afterwards { get; set; }

    public FieldReader Read() => new(data);

    public void Demand(DeviceCapabilities needed)
    {
        if (!key.Capabilities.HasFlag(needed)) throw new CommandFailure(DeviceRefusal.InsufficientPermissions);
    }

    /// <summary>Whether the session can see an object at all.</summary>
    public bool Sees(YubiHsmObject stored) => (stored.Domains & key.Domains) != 0;

    /// <summary>The object a command is about.</summary>
    public YubiHsmObject Find(DeviceObjectType type, ushort id, DeviceCapabilities needed = DeviceCapabilities.None)
    {
        Target = id;
        return FindAny(type, id, needed);
    }

    /// <summary>The second object of a command.</summary>
    public YubiHsmObject FindSecond(DeviceObjectType type, ushort id, DeviceCapabilities needed)
    {
        Second = id;
        return FindAny(type, id, needed);
    }

    /// <summary>Stores a new object that the session asks for.</summary>
    /// <returns>Its id, 2 bytes.</returns>
    public byte[] Create(YubiHsmObject wanted)
    {
        Target = wanted.Id;
        DemandDelegated(wanted.Capabilities);
        DemandDelegated(wanted.Delegated);
        Target = Store(wanted);
        return Fields.U16(Target);
    }

    /// <summary>Stores a new object, whoever vouches for its capabilities.</summary>
    public ushort Store(YubiHsmObject wanted)
    {
        Target = wanted.Id;
        if (!device.Settings.Allows(wanted.Algorithm)) throw new CommandFailure(DeviceRefusal.AlgorithmDisabled);
        if (wanted.Domains == 0) throw new CommandFailure(DeviceRefusal.InvalidData);
        if ((wanted.Domains & ~key.Domains) != 0) throw new CommandFailure(device.BeyondRights);
        return Target = device.Store.Add(wanted);
    }

    private void DemandDelegated(DeviceCapabilities wanted)
    {
        if (!key.Delegated.HasFlag(wanted)) throw new CommandFailure(device.BeyondRights);
    }

    private YubiHsmObject FindAny(DeviceObjectType type, ushort id, DeviceCapabilities needed)
    {
        var found = device.Store.Find(type, id);
        if (found is null || !Sees(found)) throw new CommandFailure(DeviceRefusal.ObjectNotFound);
        if (!found.Capabilities.HasFlag(needed)) throw new CommandFailure(DeviceRefusal.InsufficientPermissions);
        return found;
    }
}

/// <summary>The part every command that creates an object begins with, 53 bytes.</summary>
internal readonly record struct Common(ushort Id, byte[] Label, ushort Domains, DeviceCapabilities Capabilities, DeviceAlgorithm Algorithm)
{
    public static Common Read(ref FieldReader fields) =>
        new(fields.U16(), fields.Bytes(YubiHsmObject.LabelSize), fields.U16(), fields.Capabilities(), (DeviceAlgorithm)fields.Byte());

    public YubiHsmObject With(DeviceObjectType type, byte origin, byte[] payload) => new(type, Id, Algorithm, Domains, Capabilities, Label, origin, payload);
}
