using System.Buffers.Binary;
using System.Globalization;

namespace Kms.Hardware.Ledger.Hidraw;

/// <summary>A hidraw node as sysfs describes it.</summary>
/// <param name="Name">Such as "hidraw0"; may be another one after each plugging in, and each opening or closing of an app.</param>
/// <param name="Vendor">idVendor.</param>
/// <param name="Product">idProduct; another one for each app.</param>
/// <param name="Model">What the device calls itself; printable, may be empty.</param>
/// <param name="Port">Where it is plugged in, such as "usb-0000:00:14.0-2": stays the same as long as it is plugged in there. Printable, may be empty.</param>
/// <param name="UsagePage">The first one of its report descriptor: what the interface is for; null when there is none.</param>
public sealed record HidrawNode(string Name, ushort Vendor, ushort Product, string Model, string Port, ushort? UsagePage)
{
    /// <summary>Ledger's idVendor.</summary>
    public const ushort LedgerVendor = 0x2C97;

    /// <summary>The usage page of the interface that takes commands. Others are keyboards and FIDO.</summary>
    public const ushort LedgerUsagePage = 0xFFA0;

    private const int MaxText = 128;
    private const byte LongItem = 0xFE;
    private const byte UsagePageItem = 0x04;

    /// <summary>Whether it takes the commands of a Ledger. Product ids do not tell: the same device has many.</summary>
    public bool IsLedger => Vendor == LedgerVendor && UsagePage == LedgerUsagePage;

    /// <summary>Reads a description.</summary>
    /// <param name="name">The node's name.</param>
    /// <param name="uevent">The device's file "uevent": lines "NAME=value" (Linux, drivers/hid/hid-core.c, hid_uevent).</param>
    /// <param name="descriptor">The device's file "report_descriptor".</param>
    /// <returns>Null when it is none.</returns>
    public static HidrawNode? Parse(string name, string uevent, ReadOnlySpan<byte> descriptor)
    {
        var lines = uevent.Split('\n');
        // Bus, vendor and product: "0003:00002C97:00001001".
        if (Value(lines, "HID_ID=").Split(':') is not [_, var maker, var kind]) return null;
        if (Number(maker) is not { } vendor || Number(kind) is not { } product) return null;
        // The interface follows the port.
        var port = Value(lines, "HID_PHYS=").Split("/input")[0];
        return new HidrawNode(name, vendor, product, Printable(Value(lines, "HID_NAME=")), Printable(port), FirstUsagePage(descriptor));
    }

    /// <summary>The value of the first item "Usage Page" (Device Class Definition for HID 1.11, 6.2.2).</summary>
    private static ushort? FirstUsagePage(ReadOnlySpan<byte> descriptor)
    {
        while (descriptor.Length > 1)
        {
            var prefix = descriptor[0];
            var (header, size) = prefix == LongItem ? (3, descriptor[1]) : (1, (prefix & 3) == 3 ? 4 : prefix & 3);
            if (descriptor.Length < header + size) return null;
            var value = descriptor.Slice(header, size);
            if ((prefix & 0xFC) == UsagePageItem) return size switch { 0 => 0, 1 => value[0], _ => BinaryPrimitives.ReadUInt16LittleEndian(value) };
            descriptor = descriptor[(header + size)..];
        }

        return null;
    }

    private static string Value(string[] lines, string key) =>
        lines.FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal))?[key.Length..] ?? "";

    private static ushort? Number(string text) =>
        uint.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number) && number <= ushort.MaxValue
            ? (ushort)number
            : null;

    // Comes from the device, and goes to logs and terminals.
    private static string Printable(string text) => string.Concat(text.Where(c => c is >= ' ' and <= '~').Take(MaxText));
}
