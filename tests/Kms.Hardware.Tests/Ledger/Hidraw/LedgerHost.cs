using System.Globalization;
using Kms.Core.Signing;
using Kms.Hardware.Ledger;
using Kms.Hardware.Ledger.Hidraw;
using static Kms.Hardware.Tests.Ledger.LedgerMessages;

namespace Kms.Hardware.Tests.Ledger.Hidraw;

/// <summary>The product as a process of its own: `use classes nodes`, where the nodes are; `prevote height`, which opens the device where that is needed.
/// The answer is "signed", or the reason.</summary>
internal sealed class LedgerHost : IAsyncDisposable
{
    private LedgerDevice? _device;
    private IDeviceSession? _session;

    public async Task<string> MakeAsync(string[] call)
    {
        switch (call)
        {
            case ["use", var classes, var nodes]:
                // Long: the button is waited for.
                var options = new LedgerOptions { PromptAfter = TimeSpan.FromMinutes(5) };
                _device = new LedgerDevice(new HidTransport(new HidrawDevice(new HidrawBus(classes, nodes), null)), options);
                return "ok";
            case ["prevote", var height]:
                return await SignAsync(long.Parse(height, CultureInfo.InvariantCulture));
            default:
                return "no such call";
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_session is not null) await _session.DisposeAsync();
        _device?.Dispose();
    }

    private async Task<string> SignAsync(long height)
    {
        if (_session is null)
        {
            var opening = await _device!.OpenAsync(CancellationToken.None);
            if (opening.Session is null) return opening.Error!;
            _session = opening.Session;
        }

        switch (await _session.SignAsync(LedgerDevice.Key, Prevote(height), CancellationToken.None))
        {
            case DeviceOutcome.Refused refused:
                return refused.Reason;
            case DeviceOutcome.Lost lost:
                await _session.DisposeAsync();
                _session = null;
                return lost.Reason;
            default:
                return "signed";
        }
    }
}
