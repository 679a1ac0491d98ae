using Kms.Testing.YubiHsm.Commands;

namespace Kms.Testing.YubiHsm;

/// <summary>The device's side of a YubiHSM 2, written from the published descriptions with BouncyCastle's primitives: nothing here is shared with the
/// product, so that a mistake of one side shows at the other. What only a real device could tell is marked [device, unverified] where it is decided.</summary>
public sealed class YubiHsmDevice
{
    private const int HeaderSize = 3;
    private const int ChallengeSize = 8;

    private readonly Lock _gate = new();
    private readonly SessionTable _sessions;
    private DeviceState _state;
    private long _booted;
    private TimeSpan _bootTime;

    /// <summary>A device from the box: authentication key 1 with the password "password" and nothing else.</summary>
    public YubiHsmDevice(YubiHsmOptions? options = null)
    {
        Options = options ?? new YubiHsmOptions();
        _sessions = new SessionTable(Options.Time);
        _state = new DeviceState(Options);
        _booted = Options.Time.GetTimestamp();
        Faults = new YubiHsmFaults(this);
    }

    /// <summary>How it was made.</summary>
    public YubiHsmOptions Options { get; }

    /// <summary>What may go wrong.</summary>
    public YubiHsmFaults Faults { get; }

    /// <summary>Whether the device can be reached: not unplugged, and not just booting.</summary>
    public bool IsPresent => !Faults.IsUnplugged && Options.Time.GetElapsedTime(_booted) >= _bootTime;

    /// <summary>Sessions in use.</summary>
    public int Sessions => Locked(() => _sessions.Count);

    /// <summary>What is stored.</summary>
    public IReadOnlyList<YubiHsmObject> Objects => Locked<IReadOnlyList<YubiHsmObject>>(() => [.. _state.Store.All]);

    /// <summary>Entries of the log, oldest first.</summary>
    public IReadOnlyList<byte[]> LogEntries => Locked(() => _state.Log.Entries);

    /// <summary>SignEddsa and SignEcdsa commands that succeeded, whether or not their responses arrived.</summary>
    public long Signatures { get; private set; }

    /// <summary>One command, one response.</summary>
    /// <exception cref="IOException">The device is not there, or its response was lost.</exception>
    public byte[] Exchange(byte[] frame)
    {
        lock (_gate)
        {
            if (!IsPresent) throw new IOException("the device is unplugged");
            _state.Store.Full = Faults.StorageFull;
            return Faults.Pass(Answer(frame));
        }
    }

    /// <summary>As <see cref="Exchange"/>, taking the time that <see cref="YubiHsmFaults.Delay"/> says.</summary>
    public async Task<byte[]> ExchangeAsync(byte[] frame, CancellationToken cancel = default)
    {
        if (Faults.Delay > TimeSpan.Zero) await Task.Delay(Faults.Delay, Options.Time, cancel);
        return Exchange(frame);
    }

    internal void CloseSessions()
    {
        lock (_gate) _sessions.CloseAll();
    }

    internal void PowerCycle()
    {
        lock (_gate)
        {
            _sessions.CloseAll();
            (_booted, _bootTime) = (Options.Time.GetTimestamp(), TimeSpan.Zero);
            _state.Log.Boot(_state.Settings.ForceAudit);
        }
    }

    internal void FactoryReset()
    {
        lock (_gate)
        {
            _sessions.CloseAll();
            _state = new DeviceState(Options);
            (_booted, _bootTime) = (Options.Time.GetTimestamp(), Options.BootTime);
        }
    }

    private static byte[] ErrorFrame(DeviceRefusal refusal) => [(byte)DeviceCode.Error, 0, 1, (byte)refusal];

    private static byte[] Response(DeviceCode code, byte[] data) => [(byte)((byte)code | 0x80), .. Fields.U16(data.Length), .. data];

    private byte[] Answer(byte[] frame)
    {
        try
        {
            if (frame.Length > _state.FrameLimit || !IsFrame(frame)) throw new CommandFailure(DeviceRefusal.WrongLength);
            var code = (DeviceCode)frame[0];
            return code switch
            {
                DeviceCode.Echo => Response(code, frame[HeaderSize..]),
                DeviceCode.GetDeviceInfo => Response(code, DeviceCommands.Info(_state, frame[HeaderSize..])),
                DeviceCode.CreateSession => Response(code, CreateSession(frame)),
                DeviceCode.AuthenticateSession => Response(code, AuthenticateSession(frame)),
                DeviceCode.SessionMessage => SessionMessage(frame),
                DeviceCode.GetDevicePublicKey => Response(code, DevicePublicKey(frame)),
                _ => throw new CommandFailure(DeviceRefusal.UnknownCommand),
            };
        }
        catch (CommandFailure failure)
        {
            return ErrorFrame(failure.Refusal);
        }
    }

    private byte[] CreateSession(byte[] frame)
    {
        var fields = new FieldReader(frame.AsSpan(HeaderSize));
        var id = fields.U16();
        if (_state.Store.Find(DeviceObjectType.AuthenticationKey, id) is not { } key) throw new CommandFailure(DeviceRefusal.ObjectNotFound);
        var asymmetric = key.Algorithm == DeviceAlgorithm.EcP256Authentication;
        var host = fields.Bytes(asymmetric ? AsymmetricAgreement.PointSize : ChallengeSize);
        fields.End();
        if (Faults.SessionsFull) throw new CommandFailure(DeviceRefusal.SessionsFull);

        var session = _sessions.Open(free => asymmetric
            ? DeviceSession.Asymmetric(free, key, _state.StaticSecret, Options.Random(AsymmetricAgreement.SecretSize), host)
            : DeviceSession.Symmetric(free, key, host, Options.Random(ChallengeSize)));
        Record(DeviceCode.CreateSession, frame.Length - HeaderSize, AuditLog.NoObject, id, AuditLog.NoObject, failed: false);
        return [session.Id, .. session.Opening];
    }

    private byte[] DevicePublicKey(byte[] frame)
    {
        if (Options.Firmware < AsymmetricAgreement.Since) throw new CommandFailure(DeviceRefusal.UnknownCommand);
        if (frame.Length != HeaderSize) throw new CommandFailure(DeviceRefusal.WrongLength);
        return [(byte)DeviceAlgorithm.EcP256Authentication, .. AsymmetricAgreement.PublicKey(_state.StaticSecret)[1..]];
    }

    // A half-open session whose host proves nothing is free again at once.
    private byte[] AuthenticateSession(byte[] frame)
    {
        if (frame.Length != 20) throw new CommandFailure(DeviceRefusal.WrongLength);
        var session = _sessions.Use(frame[HeaderSize]);
        if (session is null || session.IsAuthenticated) throw new CommandFailure(DeviceRefusal.InvalidSession);
        session.IsAuthenticated = session.Channel.Authenticate(frame, session.Context);
        Record(DeviceCode.AuthenticateSession, 17, AuditLog.NoObject, session.Key.Id, AuditLog.NoObject, failed: !session.IsAuthenticated);
        if (session.IsAuthenticated) return [];
        _sessions.Close(session);
        throw new CommandFailure(DeviceRefusal.AuthenticationFailed);
    }

    // A message with a wrong MAC ends its session: whether a device does so or goes on is [device, unverified].
    private byte[] SessionMessage(byte[] frame)
    {
        if (frame.Length <= HeaderSize) throw new CommandFailure(DeviceRefusal.WrongLength);
        if (_sessions.Use(frame[HeaderSize]) is not { IsAuthenticated: true } session) throw new CommandFailure(DeviceRefusal.InvalidSession);
        if (session.Channel.Open(frame) is not { } inner)
        {
            _sessions.Close(session);
            throw new CommandFailure(DeviceRefusal.AuthenticationFailed);
        }

        var (response, afterwards) = Run(session.Key, inner);
        var answer = session.Channel.Seal(session.Id, response);
        if (afterwards == Afterwards.CloseSession) _sessions.Close(session);
        if (afterwards == Afterwards.Reset) FactoryReset();
        return answer;
    }

    private (byte[] Response, Afterwards Afterwards) Run(YubiHsmObject key, byte[] inner)
    {
        if (!IsFrame(inner) || inner.Length - HeaderSize > _state.DataLimit) return (ErrorFrame(DeviceRefusal.WrongLength), Afterwards.GoOn);
        var code = (DeviceCode)inner[0];
        var call = new Call(_state, key, inner[HeaderSize..]);
        byte[] response;
        try
        {
            response = Response(code, Run(code, call));
        }
        catch (CommandFailure failure)
        {
            response = ErrorFrame(failure.Refusal);
        }

        var failed = response[0] == (byte)DeviceCode.Error;
        if (!failed && code is DeviceCode.SignEddsa or DeviceCode.SignEcdsa) Signatures++;
        Record(code, call.Data.Length, key.Id, call.Target, call.Second, failed);
        return (response, failed ? Afterwards.GoOn : call.Afterwards);
    }

    private byte[] Run(DeviceCode code, Call call)
    {
        if (!CommandTable.All.TryGetValue(code, out var command)) throw new CommandFailure(DeviceRefusal.UnknownCommand);
        if (_state.Settings.ForceAudit && _state.Log.IsFull && !CommandTable.FreesTheLog(code)) throw new CommandFailure(DeviceRefusal.LogFull);
        call.Demand(command.Needed);
        var data = command.Run(call);
        return data.Length <= _state.DataLimit ? data : throw new CommandFailure(DeviceRefusal.WrongLength);
    }

    // The unit of the tick is [device, unverified]: here milliseconds since the boot.
    private void Record(DeviceCode code, int length, ushort sessionKey, ushort target, ushort second, bool failed)
    {
        if (!_state.Settings.Audits(code)) return;
        var result = failed ? (byte)DeviceCode.Error : (byte)((byte)code | 0x80);
        var tick = (uint)((long)Options.Time.GetElapsedTime(_booted).TotalMilliseconds & uint.MaxValue);
        _state.Log.Record(new LogEvent(code, length, sessionKey, target, second, result, tick), _state.Settings.ForceAudit);
    }

    private static bool IsFrame(byte[] frame) => frame.Length >= HeaderSize && ((frame[1] << 8) | frame[2]) == frame.Length - HeaderSize;

    private T Locked<T>(Func<T> read)
    {
        lock (_gate) return read();
    }
}
