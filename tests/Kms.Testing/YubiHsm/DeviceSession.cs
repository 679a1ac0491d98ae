namespace Kms.Testing.YubiHsm;

/// <summary>One of the device's sessions. It keeps its authentication key as it was when opened: deleting that key does not end it, as tmkms's setup shows.</summary>
internal sealed class DeviceSession(byte id, YubiHsmObject key, byte[] context, SecureChannel channel, bool authenticated)
{
    public byte Id => id;

    public YubiHsmObject Key => key;

    public byte[] Context => context;

    public SecureChannel Channel => channel;

    public bool IsAuthenticated { get; set; } = authenticated;

    /// <summary>Timestamp of the last command.</summary>
    public long LastUsed { get; set; }
}

/// <summary>The 16 sessions; one that is idle for 30 s goes back to the pool.</summary>
internal sealed class SessionTable(TimeProvider time)
{
    public const int Size = 16;

    private static readonly TimeSpan IdleLimit = TimeSpan.FromSeconds(30);

    private readonly DeviceSession?[] _sessions = new DeviceSession?[Size];

    public int Count => Enumerable.Range(0, Size).Count(id => Find((byte)id) is not null);

    /// <summary>A living session, whose idle time starts again.</summary>
    public DeviceSession? Use(byte id)
    {
        var session = Find(id);
        if (session is not null) session.LastUsed = time.GetTimestamp();
        return session;
    }

    /// <summary>Opens a session with the lowest free id.</summary>
    public DeviceSession Open(Func<byte, DeviceSession> create)
    {
        for (byte id = 0; id < Size; id++)
        {
            if (Find(id) is not null) continue;
            var session = create(id);
            session.LastUsed = time.GetTimestamp();
            return _sessions[id] = session;
        }

        throw new CommandFailure(DeviceRefusal.SessionsFull);
    }

    public void Close(DeviceSession session) => _sessions[session.Id] = null;

    public void CloseAll() => Array.Clear(_sessions);

    private DeviceSession? Find(byte id)
    {
        if (id >= Size || _sessions[id] is not { } session) return null;
        return time.GetElapsedTime(session.LastUsed) < IdleLimit ? session : null;
    }
}
