using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Kms.Hardware.Usb;

/// <summary>One bulk transfer, on the calling thread, until it is done or cancelled. libusb's own blocking call cannot be cancelled, and a short
/// time-out in a loop would lose what arrives between two rounds.</summary>
internal static unsafe class UsbTransfer
{
    /// <summary>Moves bytes to or from an endpoint.</summary>
    /// <param name="device">Opened and claimed.</param>
    /// <param name="endpoint">Its highest bit tells the direction.</param>
    /// <param name="buffer">To be sent whole, or to be filled by one answer: then a multiple of the packet's size.</param>
    /// <param name="deadline">Cancels it.</param>
    /// <returns>How it ended and how many bytes were moved, also when it was cancelled.</returns>
    public static (TransferStatus Status, int Done) Run(LibUsbDevice device, byte endpoint, Span<byte> buffer, CancellationToken deadline)
    {
        var transfer = LibUsb.AllocateTransfer(0);
        if (transfer is null) return (TransferStatus.Error, 0);
        var held = false;
        try
        {
            device.DangerousAddRef(ref held);
            fixed (byte* data = buffer) return Run(transfer, device, endpoint, data, buffer.Length, deadline);
        }
        finally
        {
            if (held) device.DangerousRelease();
            LibUsb.FreeTransfer(transfer);
        }
    }

    private static (TransferStatus Status, int Done) Run(
        LibUsb.Transfer* transfer, LibUsbDevice device, byte endpoint, byte* data, int length, CancellationToken deadline)
    {
        var completed = 0;
        transfer->Device = device.DangerousGetHandle();
        transfer->Endpoint = endpoint;
        transfer->Type = LibUsb.Bulk;
        transfer->Timeout = 0;
        transfer->Buffer = data;
        transfer->Length = length;
        transfer->Callback = &Completed;
        transfer->UserData = &completed;
        var code = LibUsb.Submit(transfer);
        if (code != 0) return (code == LibUsb.NoDevice ? TransferStatus.NoDevice : TransferStatus.Error, 0);

        // Disposing of the registration waits for a cancellation that is under way: none reaches a transfer that is freed.
        using (deadline.UnsafeRegister(static address => _ = LibUsb.Cancel((nint)address!), (nint)transfer))
        {
            // The kernel owns the buffer until the transfer ends: an error here cancels it and goes on waiting, as libusb's own calls do.
            while (Volatile.Read(ref completed) == 0)
                if (LibUsb.HandleEvents(device.Context, &completed) is < 0 and not LibUsb.Interrupted) _ = LibUsb.Cancel((nint)transfer);
        }

        return (transfer->Status, transfer->Done);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Completed(LibUsb.Transfer* transfer) => *(int*)transfer->UserData = 1;
}
