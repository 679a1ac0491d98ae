using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Kms.Hardware.Usb;

/// <summary>The functions of libusb-1.0 that a device with two bulk endpoints needs. The library belongs to the host and is loaded by the first
/// call: a missing one is a <see cref="DllNotFoundException"/> of <see cref="Initialise"/>. The runtime packages of distributions have this file
/// name only, without the development link.</summary>
internal static unsafe partial class LibUsb
{
    public const int Access = -3;
    public const int NoDevice = -4;
    public const int NotFound = -5;
    public const int Busy = -6;
    public const int Interrupted = -10;
    public const int NoMemory = -11;

    /// <summary>LIBUSB_TRANSFER_TYPE_BULK.</summary>
    public const byte Bulk = 2;

    private const string Library = "libusb-1.0.so.0";

    /// <summary>libusb_init: reads the attached devices.</summary>
    [LibraryImport(Library, EntryPoint = "libusb_init")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Initialise(out nint context);

    /// <summary>libusb_exit.</summary>
    [LibraryImport(Library, EntryPoint = "libusb_exit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial void Exit(nint context);

    /// <summary>libusb_get_device_list: how many there are, or an error code.</summary>
    [LibraryImport(Library, EntryPoint = "libusb_get_device_list")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial nint GetDeviceList(LibUsbContext context, out nint* list);

    /// <summary>libusb_free_device_list.</summary>
    [LibraryImport(Library, EntryPoint = "libusb_free_device_list")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial void FreeDeviceList(nint* list, int unreference);

    /// <summary>libusb_get_device_descriptor: 18 bytes, its numbers in the byte order of the host.</summary>
    [LibraryImport(Library, EntryPoint = "libusb_get_device_descriptor")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int GetDeviceDescriptor(nint device, Span<byte> descriptor);

    /// <summary>libusb_get_bus_number.</summary>
    [LibraryImport(Library, EntryPoint = "libusb_get_bus_number")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial byte GetBusNumber(nint device);

    /// <summary>libusb_get_device_address.</summary>
    [LibraryImport(Library, EntryPoint = "libusb_get_device_address")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial byte GetDeviceAddress(nint device);

    /// <summary>libusb_open.</summary>
    [LibraryImport(Library, EntryPoint = "libusb_open")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Open(nint device, out nint handle);

    /// <summary>libusb_close; releases what was claimed.</summary>
    [LibraryImport(Library, EntryPoint = "libusb_close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial void Close(nint handle);

    /// <summary>libusb_get_string_descriptor_ascii: its length, or an error code; waits a second for the device at most, twice.</summary>
    [LibraryImport(Library, EntryPoint = "libusb_get_string_descriptor_ascii")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int GetString(LibUsbDevice handle, byte index, Span<byte> text, int length);

    /// <summary>libusb_claim_interface.</summary>
    [LibraryImport(Library, EntryPoint = "libusb_claim_interface")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Claim(LibUsbDevice handle, int number);

    /// <summary>libusb_release_interface.</summary>
    [LibraryImport(Library, EntryPoint = "libusb_release_interface")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Release(LibUsbDevice handle, int number);

    /// <summary>libusb_alloc_transfer; null when there is no memory.</summary>
    [LibraryImport(Library, EntryPoint = "libusb_alloc_transfer")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial Transfer* AllocateTransfer(int isochronousPackets);

    /// <summary>libusb_free_transfer.</summary>
    [LibraryImport(Library, EntryPoint = "libusb_free_transfer")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial void FreeTransfer(Transfer* transfer);

    /// <summary>libusb_submit_transfer.</summary>
    [LibraryImport(Library, EntryPoint = "libusb_submit_transfer")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Submit(Transfer* transfer);

    /// <summary>libusb_cancel_transfer; from any thread.</summary>
    [LibraryImport(Library, EntryPoint = "libusb_cancel_transfer")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Cancel(nint transfer);

    /// <summary>libusb_handle_events_completed: waits for an event, a minute at most; returns at once when <paramref name="completed"/> is set.</summary>
    [LibraryImport(Library, EntryPoint = "libusb_handle_events_completed")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int HandleEvents(LibUsbContext context, int* completed);

    /// <summary>struct libusb_transfer up to the isochronous packets, of which there are none.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Transfer
    {
        public nint Device;
        public byte Flags;
        public byte Endpoint;
        public byte Type;
        public uint Timeout;
        public TransferStatus Status;
        public int Length;
        public int Done;
        public delegate* unmanaged[Cdecl]<Transfer*, void> Callback;
        public void* UserData;
        public byte* Buffer;
        public int Packets;
    }
}

/// <summary>enum libusb_transfer_status.</summary>
internal enum TransferStatus
{
    Completed,
    Error,
    TimedOut,
    Cancelled,
    Stall,
    NoDevice,
    Overflow,
}
