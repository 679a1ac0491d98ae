using System.Diagnostics.CodeAnalysis;
using Microsoft.Win32.SafeHandles;

namespace Kms.Hardware.Usb;

/// <summary>A libusb context. It knows the devices that were attached when it was made and learns of later ones from udev alone, which runs in few
/// containers: therefore a new one for each look at the bus.</summary>
internal sealed class LibUsbContext : SafeHandleZeroOrMinusOneIsInvalid
{
    // libusb gives up without saying why when either is missing.
    private const string Nodes = "/dev/bus/usb";

    private LibUsbContext(nint context) : base(ownsHandle: true) => SetHandle(context);

    public static bool TryCreate([NotNullWhen(true)] out LibUsbContext? context, [NotNullWhen(false)] out UsbError? error)
    {
        context = null;
        try
        {
            var code = LibUsb.Initialise(out var handle);
            error = code == 0 ? null : Failed(code);
            if (error is null) context = new LibUsbContext(handle);
        }
        catch (DllNotFoundException)
        {
            error = new UsbError(UsbFault.LibraryMissing, "libusb-1.0 is not installed: install it (Debian and Ubuntu: `apt-get install libusb-1.0-0`)");
        }

        return context is not null;
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        LibUsb.Exit(handle);
        return true;
    }

    private static UsbError Failed(int code) => new(UsbFault.Failed, Directory.Exists(Nodes) && Directory.EnumerateFileSystemEntries(Nodes).Any()
        ? $"libusb does not start (code {code}): it needs a netlink socket to udev, does a sandbox forbid it (systemd: add AF_NETLINK to RestrictAddressFamilies=)?"
        : $"there is no USB here: {Nodes} is missing or empty; a service or container needs it passed in (systemd: PrivateDevices=no, docker: `-v {Nodes}:{Nodes}`, "
            + "and a rule for devices: see deploy/README.md)");
}
