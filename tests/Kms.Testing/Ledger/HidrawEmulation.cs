using System.Globalization;
using System.Text;

namespace Kms.Testing.Ledger;

/// <summary>Hidraw nodes as processes of this machine see them: files of a temporary directory in the place of /sys/class/hidraw and /dev, and behind each
/// node a pseudo-terminal of the kernel, which is opened, waited for, read, written and hung up as hidraw is. What differs: reports have no borders there,
/// so that each must be fetched whole; and what hangs up is at its end (a read of nothing) rather than an error.</summary>
public sealed class HidrawEmulation : IDisposable
{
    /// <summary>Where devices are plugged in unless said otherwise.</summary>
    public const string Port = "usb-0000:00:14.0-2";

    private readonly string _root = Directory.CreateTempSubdirectory("hidraw-").FullName;
    private readonly List<Action> _ends = [];
    private int _nodes;

    public HidrawEmulation()
    {
        Directory.CreateDirectory(Classes);
        Directory.CreateDirectory(Nodes);
    }

    /// <summary>Why there can be no nodes on this machine; null when there can.</summary>
    public static string? Missing { get; } = File.Exists("/dev/ptmx") ? null : "there are no pseudo-terminals here (/dev/ptmx)";

    /// <summary>In the place of /sys/class/hidraw.</summary>
    public string Classes => Path.Combine(_root, "sys");

    /// <summary>In the place of /dev.</summary>
    public string Nodes => Path.Combine(_root, "dev");

    /// <summary>Puts a simulated device on the bus, and follows it: it leaves when it is unplugged, and has another node when it comes back with another program.
    /// To be called again when it was plugged in again.</summary>
    /// <param name="ledger">Whose way it is from now on.</param>
    /// <param name="port">Where.</param>
    /// <param name="mode">Who may open the node.</param>
    /// <param name="stale">An answer that a program which ran before has not read.</param>
    public void Plug(SimulatedLedger ledger, string port = Port, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite, byte[]? stale = null)
    {
        var hid = new LedgerHid(ledger);
        if (stale is not null) hid.LeaveStale(stale);
        var terminal = Attach(hid, ledger, port, mode, out var name);
        ledger.Detached += Leave;
        _ends.Add(End);

        void Leave()
        {
            Remove(name);
            terminal.Dispose();
            if (ledger.IsPlugged) terminal = Attach(hid, ledger, port, mode, out name);
            else End();
        }

        void End()
        {
            if (!_ends.Remove(End)) return;
            ledger.Detached -= Leave;
            Remove(name);
            terminal.Dispose();
            hid.Dispose();
        }
    }

    /// <summary>Makes a node.</summary>
    /// <param name="uevent">What the kernel says of the device.</param>
    /// <param name="descriptor">The report descriptor.</param>
    /// <param name="target">What is opened in its place; must exist.</param>
    /// <returns>Its name.</returns>
    public string Add(string uevent, byte[] descriptor, string target)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"hidraw{_nodes++}");
        File.CreateSymbolicLink(Path.Combine(Nodes, name), target);
        // As in sysfs, where each entry of a class is a link.
        var device = Path.Combine(_root, "devices", name);
        Directory.CreateDirectory(Path.Combine(device, "device"));
        File.WriteAllBytes(Path.Combine(device, "device", "report_descriptor"), descriptor);
        File.WriteAllBytes(Path.Combine(device, "device", "uevent"), Encoding.ASCII.GetBytes(uevent));
        Directory.CreateSymbolicLink(Path.Combine(Classes, name), device);
        return name;
    }

    /// <summary>Takes a node away; what has it open keeps it.</summary>
    public void Remove(string name)
    {
        File.Delete(Path.Combine(Classes, name));
        File.Delete(Path.Combine(Nodes, name));
    }

    public void Dispose()
    {
        foreach (var end in _ends.ToArray()) end();
        Directory.Delete(_root, recursive: true);
    }

    private PseudoTerminal Attach(LedgerHid hid, SimulatedLedger ledger, string port, UnixFileMode mode, out string name)
    {
        var terminal = new PseudoTerminal(hid.Open());
        File.SetUnixFileMode(terminal.Path, mode);
        name = Add(LedgerHid.Uevent(ledger.ProductId, port), LedgerHid.ReportDescriptor, terminal.Path);
        return terminal;
    }
}
