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
        command.SetAction((_, cancel) => RunAsync(cancel));
        return command;
    }

    private static async Task<int> RunAsync(CancellationToken cancel)
    {
        var found = await ListAsync(HidrawBus.Machine, cancel);
        if (found.Count == 0) return CommandLine.Fail("no Ledger devices detected!");
        Console.WriteLine("Detected Ledger USB devices:");
        foreach (var ledger in found) Console.WriteLine($"- {ledger.Description}");
        var errors = found.Select(ledger => ledger.Error).OfType<string>().ToList();
        foreach (var error in errors) CommandLine.Fail(error);
        return errors.Count == 0 ? CommandLine.Success : CommandLine.Failure;
    }

    /// <summary>The devices of a bus, by port, each asked what is open on it.</summary>
    internal static async Task<IReadOnlyList<FoundLedger>> ListAsync(HidrawBus bus, CancellationToken cancel)
    {
        var found = new List<FoundLedger>();
        foreach (var node in bus.Ledgers()) found.Add(await AskAsync(bus, node, cancel));
        return found;
    }

    private static async Task<FoundLedger> AskAsync(HidrawBus bus, HidrawNode node, CancellationToken cancel)
    {
        var path = bus.PathOf(node);
        var place = $"{(node.Port.Length == 0 ? path : node.Port)} ({path}, {node.Model} {node.Vendor:x4}:{node.Product:x4})";
        using var transport = new HidTransport(new HidrawDevice(bus, path));
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(LedgerVerb.Timeout);
        var (session, failure) = await LedgerSession.OpenAsync(transport, new LedgerOptions(), deadline.Token);
        if (failure is { Cause: LedgerCause.Transport }) return new FoundLedger($"{place}: cannot be asked", failure.Reason);
        if (session is null) return new FoundLedger($"{place}: {failure!.Reason}", null);
        await using (session) return new FoundLedger($"{place}: the Tendermint app {session.App.Version} is open", null);
    }
}

/// <summary>A device on USB.</summary>
/// <param name="Description">Its port, its node, its ids and what is open on it.</param>
/// <param name="Error">Why it could not be asked; null when it could.</param>
internal sealed record FoundLedger(string Description, string? Error);
