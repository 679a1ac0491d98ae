namespace Kms.Testing.YubiHsm;

/// <summary>What can happen to one response on its way.</summary>
public enum ResponseFault
{
    /// <summary>The MAC of a session's response has a bit flipped. Responses outside of sessions have none and pass.</summary>
    WrongMac,

    /// <summary>The response ends three bytes early.</summary>
    Truncated,

    /// <summary>The command is carried out, its response is lost: a signature may exist that nobody has seen.</summary>
    Lost,
}

/// <summary>The faults of a device, on command. Those of the connector are <see cref="YubiHsmConnector.StopAsync"/> and <see cref="YubiHsmConnector.Start()"/>.</summary>
public sealed class YubiHsmFaults
{
    private readonly YubiHsmDevice _device;
    private readonly Queue<ResponseFault> _responses = new();

    internal YubiHsmFaults(YubiHsmDevice device) => _device = device;

    /// <summary>How long each command takes, by the device's clock, wherever <see cref="YubiHsmDevice.ExchangeAsync"/> is used.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>CreateSession answers as if 16 sessions were in use.</summary>
    public bool SessionsFull { get; set; }

    /// <summary>Nothing more can be stored, and the storage says so.</summary>
    public bool StorageFull { get; set; }

    /// <summary>Whether the device is off the bus.</summary>
    public bool IsUnplugged { get; private set; }

    /// <summary>Takes the device off the bus: every exchange is an <see cref="IOException"/>.</summary>
    public void Unplug() => IsUnplugged = true;

    /// <summary>Puts it back: its objects are there, its sessions are gone.</summary>
    public void Plug()
    {
        _device.PowerCycle();
        IsUnplugged = false;
    }

    /// <summary>Forgets all sessions, as after 30 s of silence.</summary>
    public void CloseSessions() => _device.CloseSessions();

    /// <summary>Turns it off and on: sessions are gone, the log has another entry.</summary>
    public void PowerCycle() => _device.PowerCycle();

    /// <summary>Erases it, as somebody who holds its contact for 10 s does.</summary>
    public void FactoryReset() => _device.FactoryReset();

    /// <summary>Spoils the next response that it can be done to; each call one more.</summary>
    public void Spoil(ResponseFault fault)
    {
        lock (_responses) _responses.Enqueue(fault);
    }

    internal byte[] Pass(byte[] response)
    {
        lock (_responses)
        {
            if (!_responses.TryPeek(out var fault) || (fault == ResponseFault.WrongMac && response[0] != 0x85)) return response;
            _responses.Dequeue();
            return fault switch
            {
                ResponseFault.WrongMac => [.. response[..^1], (byte)(response[^1] ^ 1)],
                ResponseFault.Truncated => response[..^3],
                _ => throw new IOException("the response was lost"),
            };
        }
    }
}
