using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Kms.Testing.Usb;

/// <summary>A USB bus for child processes: they run the real libusb on files of a temporary directory in place of /sys and /dev, and their ioctls
/// come here (libumockdev-preload, Debian package umockdev).</summary>
public sealed class UsbEmulation : IDisposable
{
    private const string Preload = "libumockdev-preload.so.0";
    private const int Major = 189;

    private readonly string _root = Directory.CreateTempSubdirectory("usb-").FullName;
    private readonly Dictionary<EmulatedUsbDevice, (EmulatedUsbNode Node, Socket Listener, int Address)> _plugged = [];
    private int _addresses = 1;

    public UsbEmulation()
    {
        // The root hub: libusb takes an empty bus for a system without USB.
        Write("dev/bus/usb/001/001", []);
        Directory.CreateDirectory(At("sys/bus/usb/devices"));
        Directory.CreateDirectory(At("sys/class"));
        Directory.CreateDirectory(At("dev/.node"));
    }

    /// <summary>Why child processes cannot be given a bus on this machine; null when they can.</summary>
    public static string? Missing { get; } =
        !Environment.Is64BitProcess ? "the emulated kernel has 64 bits"
        : !CanLoad("libusb-1.0.so.0") ? "libusb-1.0 is not installed (Debian: libusb-1.0-0)"
        : !CanLoad(Preload) ? "libumockdev-preload is not installed (Debian: umockdev)"
        : null;

    /// <summary>What a child process needs in its environment. The runtime hangs at start under a preload that intercepts its sockets: no diagnostics.</summary>
    public IReadOnlyDictionary<string, string> Variables => new Dictionary<string, string>
    {
        ["LD_PRELOAD"] = Preload,
        ["UMOCKDEV_DIR"] = _root,
        ["DOTNET_EnableDiagnostics"] = "0",
    };

    /// <summary>Attaches a device; each time it gets another address, as on a real bus.</summary>
    /// <param name="device">Plugged in once at a time.</param>
    /// <param name="mode">Who may open it.</param>
    public void Plug(EmulatedUsbDevice device, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite)
    {
        var address = ++_addresses;
        var node = new EmulatedUsbNode(device);
        var path = NodePath(address);
        var listener = Listen("ioctl/dev/" + path);
        device.Answered += node.Deliver;
        _plugged.Add(device, (node, listener, address));
        _ = AcceptAsync(listener, node);

        Write("dev/" + path, []);
        File.SetUnixFileMode(At("dev/" + path), mode);
        File.CreateSymbolicLink(At("dev/.node/" + path.Replace('/', '_')), string.Create(CultureInfo.InvariantCulture, $"{Major}:{address - 1}"));
        WriteSysfs(address, path);
    }

    /// <summary>Pulls it out: what goes on ends at once.</summary>
    public void Unplug(EmulatedUsbDevice device)
    {
        _plugged.Remove(device, out var plugged);
        var (node, listener, address) = plugged;
        File.Delete(At("sys/bus/usb/devices/" + SysName(address)));
        Directory.Delete(At("sys/devices/" + SysName(address)), recursive: true);
        File.Delete(At("dev/.node/" + NodePath(address).Replace('/', '_')));
        File.Delete(At("dev/" + NodePath(address)));
        device.Answered -= node.Deliver;
        node.Unplug();
        listener.Dispose();
    }

    /// <summary>What a sandbox without netlink does: a process for which file modes hold cannot listen to udev.</summary>
    public void ForbidNetlink() => File.SetUnixFileMode(_root, UnixFileMode.UserRead | UnixFileMode.UserExecute);

    /// <summary>After the child processes are gone: they abort when the bus goes first.</summary>
    public void Dispose()
    {
        foreach (var device in _plugged.Keys.ToArray()) Unplug(device);
        File.SetUnixFileMode(_root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Directory.Delete(_root, recursive: true);
    }

    private static bool CanLoad(string library)
    {
        // The preload must not be loaded into this process: it takes hold of its files at once.
        if (library == Preload) return Directory.EnumerateFiles("/usr/lib", library, new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 2 }).Any();
        return NativeLibrary.TryLoad(library, out _);
    }

    private static string NodePath(int address) => string.Create(CultureInfo.InvariantCulture, $"bus/usb/001/{address:d3}");

    private static string SysName(int address) => string.Create(CultureInfo.InvariantCulture, $"1-{address}");

    private static async Task AcceptAsync(Socket listener, EmulatedUsbNode node)
    {
        try
        {
            while (true) _ = node.ServeAsync(await listener.AcceptAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Unplugged.
        }
    }

    private void WriteSysfs(int address, string path)
    {
        var (name, number) = (SysName(address), address.ToString(CultureInfo.InvariantCulture));
        var directory = $"sys/devices/{name}/";
        Write(directory + "descriptors", EmulatedUsbDevice.Descriptors);
        foreach (var (attribute, value) in new (string, string)[]
                 {
                     ("busnum", "1"), ("devnum", number), ("speed", "12"), ("bConfigurationValue", "1"), ("idVendor", "1050"), ("idProduct", "0030"),
                     ("uevent", $"MAJOR={Major}\nMINOR={address - 1}\nDEVNAME={path}\nDEVTYPE=usb_device\nDRIVER=usb\nBUSNUM=001\nDEVNUM={address:d3}"),
                 })
            Write(directory + attribute, System.Text.Encoding.ASCII.GetBytes(value + "\n"));
        File.CreateSymbolicLink(At(directory + "subsystem"), "../../bus/usb");
        File.CreateSymbolicLink(At("sys/bus/usb/devices/" + name), "../../../devices/" + name);
    }

    private Socket Listen(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(At(path)));
        listener.Listen();
        return listener;
    }

    private void Write(string path, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        File.WriteAllBytes(At(path), content);
    }

    private string At(string path) => Path.Combine(_root, path);
}
