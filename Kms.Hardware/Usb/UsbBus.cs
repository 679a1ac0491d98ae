using System.Runtime.InteropServices;

namespace Kms.Hardware.Usb;

/// <summary>Finds and opens devices. Every call looks at the bus anew and blocks: a device that does not answer for its serial number takes two
/// seconds. Not for a thread of the pool.</summary>
internal static class UsbBus
{
    private const int DescriptorBytes = 18;
    private const int VendorAt = 8;
    private const int ProductAt = 10;
    private const int SerialIndexAt = 16;

    /// <summary>All devices of a model, in the order of the bus; or why nothing can be known.</summary>
    public static (IReadOnlyList<UsbAttached> Devices, UsbError? Error) List(UsbModel model)
    {
        var (candidates, error) = Candidates(model);
        foreach (var candidate in candidates) candidate.Handle?.Dispose();
        return ([.. candidates.Select(candidate => candidate.Attached)], error);
    }

    /// <summary>Opens the device with this serial number, or the only one, and claims its interface.</summary>
    public static (LibUsbDevice? Device, UsbAttached? Attached, UsbError? Error) Open(UsbModel model, string? serial)
    {
        var (candidates, error) = Candidates(model);
        var chosen = error is null ? Choose(model, serial, candidates, out error) : null;
        if (chosen?.Handle is { } handle && LibUsb.Claim(handle, model.Interface) is < 0 and var code) error = UsbErrors.Of(code, model, chosen.Attached, "claim");
        foreach (var candidate in candidates.Where(candidate => candidate != chosen || error is not null)) candidate.Handle?.Dispose();
        return error is null ? (chosen!.Handle, chosen.Attached, null) : (null, null, error);
    }

    private static Candidate? Choose(UsbModel model, string? serial, List<Candidate> candidates, out UsbError? error)
    {
        var matching = serial is null ? candidates : [.. candidates.Where(candidate => candidate.Attached.Serial == serial)];
        // A device that may not be opened may be the one that is meant.
        if (matching.Count == 0) matching = [.. candidates.Where(candidate => candidate.Handle is null).Take(1)];
        error = matching switch
        {
            [] => UsbErrors.NotFound(model, serial, candidates.Select(candidate => candidate.Attached)),
            [var one] => one.Attached.Problem,
            _ => UsbErrors.Ambiguous(model, serial, matching.Select(candidate => candidate.Attached)),
        };
        return error is null ? matching[0] : null;
    }

    private static unsafe (List<Candidate> Devices, UsbError? Error) Candidates(UsbModel model)
    {
        if (!LibUsbContext.TryCreate(out var context, out var error)) return ([], error);
        using (context)
        {
            var count = LibUsb.GetDeviceList(context, out var list);
            if (count < 0) return ([], UsbErrors.Of((int)count, model, null, "list"));
            try
            {
                List<Candidate> candidates = [];
                foreach (var device in new ReadOnlySpan<nint>(list, (int)count))
                    if (SerialIndex(device, model) is { } index && Open(context, device, index, model) is { } candidate) candidates.Add(candidate);
                candidates.Sort((a, b) => (a.Attached.Bus, a.Attached.Address).CompareTo((b.Attached.Bus, b.Attached.Address)));
                return (candidates, null);
            }
            finally
            {
                LibUsb.FreeDeviceList(list, unreference: 1);
            }
        }
    }

    /// <summary>The index of the serial number's string; null for a device of another model.</summary>
    private static byte? SerialIndex(nint device, UsbModel model)
    {
        Span<byte> descriptor = stackalloc byte[DescriptorBytes];
        if (LibUsb.GetDeviceDescriptor(device, descriptor) != 0) return null;
        var isModel = MemoryMarshal.Read<ushort>(descriptor[VendorAt..]) == model.Vendor && MemoryMarshal.Read<ushort>(descriptor[ProductAt..]) == model.Product;
        return isModel ? descriptor[SerialIndexAt] : null;
    }

    /// <summary>Null when it was unplugged since it was listed.</summary>
    private static Candidate? Open(LibUsbContext context, nint device, byte serialIndex, UsbModel model)
    {
        var attached = new UsbAttached(LibUsb.GetBusNumber(device), LibUsb.GetDeviceAddress(device), null, null);
        var (handle, code) = LibUsbDevice.Open(context, device);
        if (code == LibUsb.NoDevice) return null;
        return handle is null
            ? new Candidate(null, attached with { Problem = UsbErrors.Of(code, model, attached, "open") })
            : new Candidate(handle, attached with { Serial = handle.Text(serialIndex) });
    }

    private sealed record Candidate(LibUsbDevice? Handle, UsbAttached Attached);
}
