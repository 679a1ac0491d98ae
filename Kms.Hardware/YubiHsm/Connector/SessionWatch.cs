namespace Kms.Hardware.YubiHsm.Connector;

/// <summary>Who opens sessions through the connector. That is all that can be seen of them: the number of the authentication key is not encrypted, what is done in
/// the session is.</summary>
/// <param name="log">Where it is told.</param>
internal sealed class SessionWatch(ConnectorLog log)
{
    private const int SymmetricRequestSize = 13;

    private readonly ushort[] _keys = new ushort[byte.MaxValue + 1];

    /// <summary>Looks at a frame and its answer.</summary>
    /// <param name="frame">What was asked, a whole frame.</param>
    /// <param name="answer">What the device answered.</param>
    /// <param name="client">Who asked.</param>
    public void Look(ReadOnlySpan<byte> frame, ReadOnlySpan<byte> answer, string client)
    {
        if (frame is [(byte)CommandCode.CreateSession, _, _, var high, var low, ..] && answer is [(byte)CommandCode.CreateSession | Frame.ResponseBit, _, _, var id, ..])
        {
            _keys[id] = (ushort)((high << 8) | low);
            // With a key pair there is no second step; the client proves itself with its first command.
            if (frame.Length != SymmetricRequestSize) log.Info($"{client} began a session with authentication key 0x{_keys[id]:x4}");
        }
        else if (frame is [(byte)CommandCode.AuthenticateSession, _, _, var session, ..])
        {
            if (answer is [(byte)CommandCode.AuthenticateSession | Frame.ResponseBit, ..]) log.Info($"{client} opened a session with authentication key 0x{_keys[session]:x4}");
            if (answer is [(byte)CommandCode.Error, _, _, (byte)DeviceError.AuthenticationFailed])
                log.Warning($"{client} has a wrong password for authentication key 0x{_keys[session]:x4}");
        }
    }
}
