namespace Kms.Hardware.YubiHsm.Connector;

/// <summary>A bucket of tokens that fills with time. Safe for use from several threads.</summary>
/// <param name="perSecond">Tokens per second, and as many fit into it.</param>
/// <param name="clock">The time.</param>
internal sealed class RateLimit(int perSecond, TimeProvider clock)
{
    private readonly Lock _gate = new();
    private double _tokens = perSecond;
    private long _filled = clock.GetTimestamp();

    /// <summary>Takes a token; false when there is none.</summary>
    public bool TryTake()
    {
        lock (_gate)
        {
            var now = clock.GetTimestamp();
            _tokens = Math.Min(perSecond, _tokens + (clock.GetElapsedTime(_filled, now).TotalSeconds * perSecond));
            _filled = now;
            if (_tokens < 1) return false;
            _tokens--;
            return true;
        }
    }
}
