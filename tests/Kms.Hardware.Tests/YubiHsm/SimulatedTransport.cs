using Kms.Hardware.YubiHsm;
using Kms.Testing.YubiHsm;

namespace Kms.Hardware.Tests.YubiHsm;

/// <summary>The simulated device on a wire without length.</summary>
public sealed class SimulatedTransport(YubiHsmDevice device) : IYubiHsmTransport
{
    public async ValueTask<TransportReply> ExchangeAsync(ReadOnlyMemory<byte> frame, CancellationToken deadline)
    {
        try
        {
            return TransportReply.Ok(await device.ExchangeAsync(frame.ToArray(), deadline));
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            return TransportReply.Failed(e.Message);
        }
    }

    public void Dispose()
    {
    }
}
