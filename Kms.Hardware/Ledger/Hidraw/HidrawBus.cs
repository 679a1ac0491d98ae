using System.Text;

namespace Kms.Hardware.Ledger.Hidraw;

/// <summary>Where the hidraw nodes are. Every call looks anew.</summary>
/// <param name="Classes">A directory with a directory for each node, and in it "device" with the device's description.</param>
/// <param name="Nodes">The directory of the nodes themselves.</param>
public sealed record HidrawBus(string Classes, string Nodes)
{
    // Both are at most as long as a page of memory (sysfs).
    private const int MaxAttribute = 4096;

    /// <summary>That of this machine.</summary>
    public static HidrawBus Machine { get; } = new("/sys/class/hidraw", "/dev");

    /// <summary>Whether the kernel, or the sandbox, has hidraw at all.</summary>
    public bool Exists => Directory.Exists(Classes);

    /// <summary>The attached Ledgers, ordered by port: the interfaces that take commands. Any user may see them.</summary>
    public IReadOnlyList<HidrawNode> Ledgers()
    {
        try
        {
            var nodes = Directory.EnumerateFileSystemEntries(Classes).Select(entry => Find(Path.GetFileName(entry))).OfType<HidrawNode>();
            return [.. nodes.Where(node => node.IsLedger).OrderBy(node => node.Port, StringComparer.Ordinal).ThenBy(node => node.Name, StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>The node of a name; null when there is none, or it cannot be read.</summary>
    public HidrawNode? Find(string name)
    {
        try
        {
            var device = Path.Combine(Classes, name, "device");
            return HidrawNode.Parse(name, Encoding.UTF8.GetString(Attribute(device, "uevent")), Attribute(device, "report_descriptor"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Unplugged since it was listed.
            return null;
        }
    }

    /// <summary>The path to open a node by.</summary>
    public string PathOf(HidrawNode node) => Path.Combine(Nodes, node.Name);

    // The sizes that sysfs tells are not those of the content: one read, as it wants to be read.
    private static byte[] Attribute(string device, string name)
    {
        using var file = new FileStream(Path.Combine(device, name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        var buffer = new byte[MaxAttribute];
        return buffer[..file.Read(buffer)];
    }
}
