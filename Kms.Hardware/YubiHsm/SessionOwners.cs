namespace Kms.Hardware.YubiHsm;

/// <summary>Who uses a shared device.</summary>
internal enum DeviceUser
{
    /// <summary>The signer itself.</summary>
    Signer,

    /// <summary>Whoever comes through the connector.</summary>
    Guest,
}

/// <summary>Whose each session of the device is, as far as the frames tell that pass. A frame for the session of somebody else cannot have a right MAC; it would
/// only end that session, which the device does when a MAC is wrong. Sessions are numbered by the device, so this is known without any key.</summary>
/// <param name="maxGuestSessions">How many sessions guests may have: the device has 16, and the signer must find one.</param>
/// <param name="clock">For the device's idle limit.</param>
internal sealed class SessionOwners(int maxGuestSessions, TimeProvider clock)
{
    private readonly Dictionary<byte, (DeviceUser Owner, long LastUse)> _sessions = [];

    /// <summary>The device's answer to a frame that is not to reach it; null when it is.</summary>
    /// <param name="user">Who sends it.</param>
    /// <param name="frame">A frame, perhaps none.</param>
    public byte[]? Refusal(DeviceUser user, ReadOnlySpan<byte> frame)
    {
        if (SessionOf(frame) is { } id) return _sessions.TryGetValue(id, out var session) && session.Owner != user ? Error(DeviceError.InvalidSession) : null;
        var opens = user == DeviceUser.Guest && frame is [(byte)CommandCode.CreateSession, ..];
        return opens && _sessions.Values.Count(IsGuests) >= maxGuestSessions ? Error(DeviceError.SessionsFull) : null;
    }

    /// <summary>Learns from an answer.</summary>
    /// <param name="user">Who asked.</param>
    /// <param name="frame">What was asked.</param>
    /// <param name="answer">What the device answered.</param>
    public void Learn(DeviceUser user, ReadOnlySpan<byte> frame, ReadOnlySpan<byte> answer)
    {
        if (answer.Length <= Frame.HeaderSize) return;
        if (SessionOf(frame) is { } used)
        {
            if (answer is [(byte)CommandCode.Error, 0, 1, (byte)DeviceError.InvalidSession]) _sessions.Remove(used);
            else if (_sessions.ContainsKey(used)) _sessions[used] = (user, clock.GetTimestamp());
        }
        else if (answer[0] == ((byte)CommandCode.CreateSession | Frame.ResponseBit))
        {
            _sessions[answer[Frame.HeaderSize]] = (user, clock.GetTimestamp());
        }
    }

    private static byte? SessionOf(ReadOnlySpan<byte> frame) =>
        frame.Length > Frame.HeaderSize && frame[0] is (byte)CommandCode.AuthenticateSession or (byte)CommandCode.SessionMessage ? frame[Frame.HeaderSize] : null;

    private static byte[] Error(DeviceError error) => Frame.Encode(CommandCode.Error, [(byte)error]);

    // A session that was closed is not seen to be: closing is encrypted like everything else. It counts until it would have ended by itself, or its number is given again.
    private bool IsGuests((DeviceUser Owner, long LastUse) session) =>
        session.Owner == DeviceUser.Guest && clock.GetElapsedTime(session.LastUse) < YubiHsmSession.IdleLimit;
}
