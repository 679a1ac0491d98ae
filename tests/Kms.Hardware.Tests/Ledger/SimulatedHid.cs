using Kms.Hardware.Ledger;
using Kms.Testing.Ledger;

namespace Kms.Hardware.Tests.Ledger;

/// <summary>The simulated device as the product's transport opens one.</summary>
internal sealed class SimulatedHid(LedgerHid device) : IHidDevice
{
    public ValueTask<HidOpening> OpenAsync(CancellationToken deadline)
    {
        try
        {
            return ValueTask.FromResult(HidOpening.Ok(new Channel(device.Open())));
        }
        catch (IOException e)
        {
            return ValueTask.FromResult(HidOpening.Failed(e.Message));
        }
    }

    private sealed class Channel(HidNode node) : IHidChannel
    {
        public ValueTask<string?> WriteAsync(ReadOnlyMemory<byte> report, CancellationToken deadline)
        {
            try
            {
                node.Write(report.Span);
                return ValueTask.FromResult<string?>(null);
            }
            catch (IOException e)
            {
                return ValueTask.FromResult<string?>(e.Message);
            }
        }

        public async ValueTask<HidReport> ReadAsync(CancellationToken deadline)
        {
            try
            {
                return HidReport.Ok(await node.ReadAsync(deadline));
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                return HidReport.Failed(e.Message);
            }
        }

        public string? Drain()
        {
            while (node.TryRead() is not null)
            {
                // Of a command that was given up.
            }

            return null;
        }

        public void Dispose() => node.Dispose();
    }
}
