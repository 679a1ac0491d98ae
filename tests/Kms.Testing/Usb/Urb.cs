using System.Runtime.InteropServices;

namespace Kms.Testing.Usb;

/// <summary>A transfer that a process handed to the kernel: struct usbdevfs_urb of a 64-bit system.</summary>
internal sealed class Urb(nuint address, byte[] fields, PreloadLink owner)
{
    public const int Bytes = 56;
    public const byte Control = 2;
    public const int SetupBytes = 8;
    private const int StatusAt = 4;
    private const int ActualLengthAt = 28;

    public nuint Address => address;

    public PreloadLink Owner => owner;

    public byte Type => fields[0];

    public bool IsIn => (fields[1] & 0x80) != 0;

    public nuint Buffer => MemoryMarshal.Read<nuint>(fields.AsSpan(16));

    public int Length => MemoryMarshal.Read<int>(fields.AsSpan(24));

    public bool IsDone { get; private set; }

    /// <summary>What is sent.</summary>
    public byte[] Outgoing { get; set; } = [];

    private byte[] Answer { get; set; } = [];

    private int Status { get; set; }

    private int Moved { get; set; }

    /// <summary>Sent whole.</summary>
    public void Sent() => (IsDone, Moved) = (true, Length);

    /// <summary>Filled from the device.</summary>
    public void Fill(byte[] answer) => (IsDone, Answer, Moved) = (true, answer, answer.Length);

    /// <param name="error">errno.</param>
    public void Fail(int error) => (IsDone, Status) = (true, -error);

    /// <summary>Hands it back: what came, how it ended, and where it is.</summary>
    public async Task ReapAsync(nuint result)
    {
        await owner.WriteAsync(Buffer + (nuint)(Type == Control ? SetupBytes : 0), Answer);
        await owner.WriteAsync(address + StatusAt, BitConverter.GetBytes(Status));
        await owner.WriteAsync(address + ActualLengthAt, BitConverter.GetBytes(Moved));
        await owner.WriteAsync(result, BitConverter.GetBytes((ulong)address));
    }
}
