using System.Collections.Concurrent;
using Kms.Hardware.YubiHsm;
using Kms.Testing.YubiHsm;

namespace Kms.Hardware.Tests.YubiHsm.Connector;

/// <summary>The wire to a simulated device. It can be held: frames then stay on it until they are let through one by one.</summary>
internal sealed class SimulatedWay(YubiHsmDevice device) : IYubiHsmTransport
{
    private readonly SemaphoreSlim _letThrough = new(0);
    private readonly SemaphoreSlim _arrived = new(0);
    private int _inside;
    private volatile bool _isHeld;

    public ConcurrentQueue<byte[]> Frames { get; } = new();

    /// <summary>Whether two frames were ever on the wire together, which no device takes.</summary>
    public bool WasShared { get; private set; }

    /// <summary>Whether somebody gave up a frame that was on the wire.</summary>
    public bool WasCancelled { get; private set; }

    public void Hold() => _isHeld = true;

    public void LetThrough(int frames = 1) => _letThrough.Release(frames);

    /// <summary>Complete when one more frame is on the wire.</summary>
    public Task ArrivedAsync() => _arrived.WaitAsync();

    public async ValueTask<TransportReply> ExchangeAsync(ReadOnlyMemory<byte> frame, CancellationToken deadline)
    {
        if (Interlocked.Increment(ref _inside) != 1) WasShared = true;
        Frames.Enqueue(frame.ToArray());
        _arrived.Release();
        try
        {
            if (_isHeld) await _letThrough.WaitAsync(deadline);
            else await Task.Yield();
            return TransportReply.Ok(device.Exchange(frame.ToArray()));
        }
        catch (OperationCanceledException)
        {
            WasCancelled = true;
            return TransportReply.Failed("cancelled");
        }
        catch (IOException e)
        {
            return TransportReply.Failed(e.Message);
        }
        finally
        {
            Interlocked.Decrement(ref _inside);
        }
    }

    public void Dispose()
    {
        _letThrough.Dispose();
        _arrived.Dispose();
    }
}

/// <summary>A clock that goes when it is told to.</summary>
internal sealed class HandClock : TimeProvider
{
    private long _ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Read(ref _ticks);

    public void Advance(TimeSpan time) => Interlocked.Add(ref _ticks, time.Ticks);
}
