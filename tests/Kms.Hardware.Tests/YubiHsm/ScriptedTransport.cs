using Kms.Hardware.YubiHsm;

namespace Kms.Hardware.Tests.YubiHsm;

/// <summary>One exchange of a script.</summary>
/// <param name="Request">What must be sent; null for anything.</param>
/// <param name="Reply">What comes back; null when the device is gone.</param>
public sealed record ScriptedExchange(byte[]? Request, byte[]? Reply);

/// <summary>A wire that knows what is said on it. After its script the device is gone.</summary>
public sealed class ScriptedTransport(params IEnumerable<ScriptedExchange> script) : IYubiHsmTransport
{
    public const string Gone = "the device is gone";

    private readonly Queue<ScriptedExchange> _script = new(script);

    /// <summary>All that was sent, in order.</summary>
    public List<byte[]> Sent { get; } = [];

    public int Left => _script.Count;

    public ValueTask<TransportReply> ExchangeAsync(ReadOnlyMemory<byte> frame, CancellationToken deadline)
    {
        Sent.Add(frame.ToArray());
        if (deadline.IsCancellationRequested) return ValueTask.FromResult(TransportReply.Failed("too late"));
        if (!_script.TryDequeue(out var exchange)) return ValueTask.FromResult(TransportReply.Failed(Gone));
        if (exchange.Request is not null) Assert.Equal(Convert.ToHexString(exchange.Request), Convert.ToHexString(frame.Span));
        return ValueTask.FromResult(exchange.Reply is { } reply ? TransportReply.Ok(reply) : TransportReply.Failed(Gone));
    }

    public void Dispose()
    {
    }
}
