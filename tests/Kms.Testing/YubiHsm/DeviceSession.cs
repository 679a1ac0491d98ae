namespace Kms.Testing.YubiHsm;

/// <summary>One of the device's sessions. It keeps its authentication key as it was when opened: deleting that key does not end it, as tmkms's setup shows.</summary>
internal sealed class DeviceSession
{
    private DeviceSession(byte id, YubiHsmObject key, SecureChannel channel, byte[] context, byte[] opening, bool isAuthenticated) =>
        (Id, Key, Channel, Context, Opening, IsAuthenticated) = (id, key, channel, context, opening, isAuthenticated);

    public byte Id { get; }

    public YubiHsmObject Key { get; }

    public SecureChannel Channel { get; }

    /// <summary>Both challenges of a symmetric session, for AuthenticateSession.</summary>
    public byte[] Context { get; }

    /// <summary>What CreateSession answers after the id.</summary>
    public byte[] Opening { get; }

    public bool IsAuthenticated { get; set; }

    /// <summary>Timestamp of the last command.</summary>
    public long LastUsed { get; set; }

    /// <summary>A session by password keys, half-open until the host has proven that it has them.</summary>
    public static DeviceSession Symmetric(byte id, YubiHsmObject key, byte[] hostChallenge, byte[] cardChallenge)
    {
        byte[] context = [.. hostChallenge, .. cardChallenge];
        var channel = SecureChannel.Derive(key.Keys, context);
        return new DeviceSession(id, key, channel, context, [.. cardChallenge, .. channel.CardCryptogram(context)], isAuthenticated: false);
    }

    /// <summary>A session by P-256 keys, which is open at once: only the right host can find its keys.</summary>
    public static DeviceSession Asymmetric(byte id, YubiHsmObject key, byte[] staticSecret, byte[] ephemeralSecret, byte[] hostEphemeral)
    {
        var agreed = AsymmetricAgreement.Of(staticSecret, ephemeralSecret, [4, .. key.Keys], hostEphemeral);
        var channel = new SecureChannel(agreed.SEnc, agreed.SMac, agreed.SRmac, agreed.Receipt, 1);
        return new DeviceSession(id, key, channel, [], [.. agreed.EphemeralKey, .. agreed.Receipt], isAuthenticated: true);
    }
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
