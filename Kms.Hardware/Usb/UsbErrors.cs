namespace Kms.Hardware.Usb;

/// <summary>The sentences.</summary>
internal static class UsbErrors
{
    /// <summary>An error code of libusb.</summary>
    /// <param name="code">Negative; the values of enum libusb_error.</param>
    /// <param name="model">The kind of device.</param>
    /// <param name="device">The device, when one was found.</param>
    /// <param name="doing">What failed, a verb.</param>
    public static UsbError Of(int code, UsbModel model, UsbAttached? device, string doing) => code switch
    {
        LibUsb.Access => new UsbError(UsbFault.NoPermission,
            $"this user may not open {Name(model, device)}: put the line `{model.UdevRule}` into a file of /etc/udev/rules.d, "
            + "run `udevadm control --reload && udevadm trigger`, and run tmkms as a member of the group tmkms"),
        LibUsb.Busy => new UsbError(UsbFault.Busy, $"{Name(model, device)} is used by another program: stop that one (a connector, another tmkms)"),
        // The interface is not found when the device went between two calls.
        LibUsb.NoDevice or LibUsb.NotFound => Unplugged(model, device),
        _ => Failed(model, device, $"libusb cannot {doing} it (code {code})"),
    };

    public static UsbError Unplugged(UsbModel model, UsbAttached? device) =>
        new(UsbFault.Unplugged, $"{Name(model, device)} was unplugged, or was reset: plug it in again");

    public static UsbError TimedOut(UsbModel model, UsbAttached? device) => new(UsbFault.TimedOut, $"{Name(model, device)} did not answer in time");

    public static UsbError Closed(UsbModel model, UsbAttached? device) => new(UsbFault.Failed, $"the connection to {Name(model, device)} is closed");

    public static UsbError Failed(UsbModel model, UsbAttached? device, string why) => new(UsbFault.Failed, $"{Name(model, device)} failed: {why}");

    public static UsbError NotFound(UsbModel model, string? serial, IEnumerable<UsbAttached> attached) => new(UsbFault.NotFound,
        serial is null ? $"no {model.Name} is attached: plug it in, and see whether `lsusb` lists {model.Vendor:x4}:{model.Product:x4}"
        : attached.ToList() is { Count: > 0 } others ? $"no {model.Name} with the serial number {serial} is attached; attached: {Serials(others)}"
        : $"no {model.Name} is attached; the one with the serial number {serial} is looked for");

    public static UsbError Ambiguous(UsbModel model, string? serial, IEnumerable<UsbAttached> attached) => new(UsbFault.Ambiguous,
        serial is null ? $"more than one {model.Name} is attached ({Serials(attached)}): say which one by its serial number"
        : $"more than one {model.Name} with the serial number {serial} is attached: unplug all but one");

    private static string Name(UsbModel model, UsbAttached? device) => device switch
    {
        null => $"the {model.Name}",
        { Serial: { } serial } => $"the {model.Name} {serial}",
        _ => $"the {model.Name} on bus {device.Bus}, address {device.Address}",
    };

    private static string Serials(IEnumerable<UsbAttached> attached) => string.Join(", ", attached.Select(device => device.Serial ?? "one that cannot be opened"));
}
