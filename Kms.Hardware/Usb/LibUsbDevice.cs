using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Kms.Hardware.Usb;

/// <summary>An opened device. It keeps its context alive, which must outlive it.</summary>
internal sealed class LibUsbDevice : SafeHandleZeroOrMinusOneIsInvalid
{
    private LibUsbDevice(nint device, LibUsbContext context) : base(ownsHandle: true)
    {
        SetHandle(device);
        Context = context;
    }

    public LibUsbContext Context { get; }

    /// <summary>Opens a device of the context's list.</summary>
    /// <returns>The handle, or the error code of libusb.</returns>
    public static (LibUsbDevice? Device, int Code) Open(LibUsbContext context, nint device)
    {
        var code = LibUsb.Open(device, out var handle);
        if (code != 0) return (null, code);
        var taken = false;
        context.DangerousAddRef(ref taken);
        return (new LibUsbDevice(handle, context), 0);
    }

    /// <summary>A string descriptor; null when the device has none or does not give it away.</summary>
    public string? Text(byte index)
    {
        Span<byte> text = stackalloc byte[128];
        var length = index == 0 ? 0 : LibUsb.GetString(this, index, text, text.Length);
        return length <= 0 ? null : Encoding.ASCII.GetString(text[..length]);
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        LibUsb.Close(handle);
        Context.DangerousRelease();
        return true;
    }
}
