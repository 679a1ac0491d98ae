using System.CommandLine;
using Kms.Hardware.Ledger;
using Kms.Hardware.Ledger.Hidraw;

namespace Kms.Host.Cli.Ledger;

/// <summary><c>tmkms ledger detect</c>: the devices on USB, and what is open on them.</summary>
internal static class DetectCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var command = new Command("detect", "detect all Ledger devices connected via USB");
        command.SetAction((_, cancel) => RunAsync(HidrawBus.System, Console.Out, cancel));
        return command;
    }

    /// <summary>Lists them.</summary>
    /// <param name="bus">Where they are plugged in.</param>
    /// <param name="output">For the list.</param>
    /// <param name="cancel">Ends the wait for a device.</param>
    /// <returns>The exit code.</returns>
    internal static async Task<int> RunAsync(HidrawBus bus, TextWriter output, CancellationToken cancel)
    {
        var nodes = bus.Ledgers();
        if (nodes.Count == 0) return CommandLine.Fail("no Ledger devices detected! Plug one in, and see whether `lsusb` lists 2c97");
        await output.WriteLineAsync("Detected Ledger USB devices:");
        var errors = new List<string>();
        foreach (var node in nodes)
        {
            var path = bus.PathOf(node);
            var (state, error) = await AskAsync(new HidrawDevice(bus, path), cancel);
            await output.WriteLineAsync($"- {(node.Port.Length == 0 ? path : node.Port)} ({path}, {node.Vendor:x4}:{node.Product:x4} {node.Model}): {state}");
            if (error is not null) errors.Add(error);
        }

        foreach (var error in errors) CommandLine.Fail(error);
        return errors.Count == 0 ? CommandLine.Success : CommandLine.Failure;
    }

    /// <summary>What is open on it; and the reason where it could not be asked.</summary>
    private static async Task<(string State, string? Error)> AskAsync(HidrawDevice device, CancellationToken cancel)
    {
        using var transport = new HidTransport(device);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(OpenLedger.Timeout);
        var (session, failure) = await LedgerSession.OpenAsync(transport, new LedgerOptions(), deadline.Token);
        if (session is null) return failure!.Cause is LedgerCause.Transport ? ("cannot be used", failure.Reason) : (failure.Reason, null);
        await using (session) return ($"the Tendermint app {session.App.Version} is open", null);
    }
}
