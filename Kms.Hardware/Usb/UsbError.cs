namespace Kms.Hardware.Usb;

/// <summary>Why USB did not do what was asked, for programs.</summary>
public enum UsbFault
{
    /// <summary>libusb-1.0 is not installed.</summary>
    LibraryMissing,

    /// <summary>No such device is attached.</summary>
    NotFound,

    /// <summary>Several are attached and no serial number tells which one is meant.</summary>
    Ambiguous,

    /// <summary>This user may not open the device.</summary>
    NoPermission,

    /// <summary>Another program uses the device.</summary>
    Busy,

    /// <summary>The device was there and is gone.</summary>
    Unplugged,

    /// <summary>The deadline came first.</summary>
    TimedOut,

    /// <summary>Anything else; the sentence says what is known.</summary>
    Failed,
}

/// <summary>Why USB did not do what was asked.</summary>
/// <param name="Fault">For programs.</param>
/// <param name="Sentence">For people: what is wrong and what to do; begins in lower case, without a full stop.</param>
public sealed record UsbError(UsbFault Fault, string Sentence)
{
    /// <inheritdoc/>
    public override string ToString() => Sentence;
}

/// <summary>A kind of device: what it is called, how it is recognised, and its two bulk endpoints.</summary>
/// <param name="Name">As its maker calls it.</param>
/// <param name="Vendor">idVendor.</param>
/// <param name="Product">idProduct.</param>
/// <param name="Interface">The interface to claim.</param>
/// <param name="Out">Endpoint address towards the device.</param>
/// <param name="In">Endpoint address from the device.</param>
/// <param name="PacketBytes">wMaxPacketSize of both endpoints.</param>
public sealed record UsbModel(string Name, ushort Vendor, ushort Product, byte Interface, byte Out, byte In, int PacketBytes)
{
    /// <summary>The rule that lets the group tmkms open it, as in deploy/udev.</summary>
    public string UdevRule => $"SUBSYSTEM==\"usb\", ATTR{{idVendor}}==\"{Vendor:x4}\", ATTR{{idProduct}}==\"{Product:x4}\", MODE=\"0660\", GROUP=\"tmkms\"";
}

/// <summary>A device that is attached.</summary>
/// <param name="Bus">Number of the bus.</param>
/// <param name="Address">Number on the bus; another one after each plugging in.</param>
/// <param name="Serial">Serial number; null when it could not be read.</param>
/// <param name="Problem">Why it could not be opened to read the serial number; null when it could.</param>
public sealed record UsbAttached(byte Bus, byte Address, string? Serial, UsbError? Problem);
