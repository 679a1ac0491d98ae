using System.Runtime.InteropServices;

namespace Kms.Hardware.Ledger.Hidraw;

/// <summary>A Ledger on USB through Linux's hidraw: no library, and the kernel's driver stays where it is.</summary>
/// <param name="bus">Where it is plugged in.</param>
/// <param name="path">Which one, when several are: a port (<see cref="HidrawNode.Port"/>), or the path of a node or of a link to one, which begins
/// with a slash. Null for the only one. Ledgers have no serial numbers of their own, and nodes change theirs: only ports and links made for ports last.</param>
public sealed class HidrawDevice(HidrawBus bus, string? path) : IHidDevice
{
    /// <inheritdoc/>
    // To open it may wake it up, which the kernel waits for, some seconds at most.
    public async ValueTask<HidOpening> OpenAsync(CancellationToken deadline) =>
        deadline.IsCancellationRequested ? HidOpening.Failed("the deadline passed before the Ledger was looked for") : await HidrawThread.RunAsync(Open);

    private HidOpening Open()
    {
        if (Choose(out var missing) is not { } node) return HidOpening.Failed(missing!);
        var errors = new HidrawErrors(node.Port, bus.PathOf(node));
        var handle = LibC.Open(errors.Path, LibC.DeviceFlags);
        var error = handle.IsInvalid ? errors.Of(Marshal.GetLastPInvokeError(), "open")
            // Each program that has it open reads the answers of all.
            : LibC.Lock(handle, LibC.ExclusiveNow) != 0 ? errors.Busy
            // Since it was looked for, the node may have gone to another device, and that one must not be sent anything.
            : bus.Find(node.Name) != node ? errors.Unplugged
            : null;
        if (error is null) return HidOpening.Ok(new HidrawChannel(handle, errors));
        handle.Dispose();
        return HidOpening.Failed(error);
    }

    private HidrawNode? Choose(out string? error)
    {
        var ledgers = bus.Ledgers();
        var matching = path is null ? ledgers : [.. ledgers.Where(IsChosen)];
        error = (matching.Count, ledgers.Count) switch
        {
            (1, _) => null,
            (0, 0) when !bus.Exists => $"there is no hidraw here: {bus.Classes} is missing; a kernel needs CONFIG_HIDRAW, a container needs /sys",
            (0, 0) => $"no Ledger is attached{(path is null ? "" : $"; the one at {path} is looked for")}: plug it in, and see whether `lsusb` lists "
                + $"{HidrawNode.LedgerVendor:x4}",
            (0, _) => $"no Ledger is at {path}; attached: {List(ledgers)}",
            _ => $"more than one Ledger is attached: {List(ledgers)}: say which one by its port as `path`",
        };
        return error is null ? matching[0] : null;
    }

    private bool IsChosen(HidrawNode node) => path!.StartsWith('/') ? Target(path) == Target(bus.PathOf(node)) : node.Port == path;

    private string List(IEnumerable<HidrawNode> ledgers) => string.Join(", ", ledgers.Select(node => $"{node.Port} ({bus.PathOf(node)})"));

    /// <summary>Null when it leads nowhere.</summary>
    private static string? Target(string path)
    {
        try
        {
            return File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
