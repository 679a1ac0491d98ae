using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Kms.Testing.Usb;

/// <summary>What the kernel asks of a file system in user space: struct fuse_in_header, then the arguments (linux/fuse.h, version 7.31).</summary>
internal readonly record struct FuseRequest(byte[] Bytes)
{
    public const int Lookup = 1;
    public const int Forget = 2;
    public const int GetAttributes = 3;
    public const int Open = 14;
    public const int Read = 15;
    public const int Write = 16;
    public const int Release = 18;
    public const int Flush = 25;
    public const int Initialise = 26;
    public const int Interrupt = 36;
    public const int Ioctl = 39;
    public const int Poll = 40;
    public const int ForgetMany = 42;

    private const int HeaderSize = 40;
    private const int WriteHeaderSize = 40;

    public int Code => MemoryMarshal.Read<int>(Bytes.AsSpan(4));

    public ulong Id => MemoryMarshal.Read<ulong>(Bytes.AsSpan(8));

    public ulong Inode => MemoryMarshal.Read<ulong>(Bytes.AsSpan(16));

    /// <summary>The name to look up.</summary>
    public string Name => Encoding.UTF8.GetString(Bytes.AsSpan(HeaderSize)).TrimEnd('\0');

    /// <summary>The number that the answer to Open gave.</summary>
    public ulong Handle => Word(0);

    /// <summary>The request to interrupt.</summary>
    public ulong Interrupted => Word(0);

    /// <summary>What a change of readiness is told to.</summary>
    public ulong PollHandle => Word(8);

    public bool WantsNotice => (MemoryMarshal.Read<uint>(Bytes.AsSpan(HeaderSize + 16)) & 1) != 0;

    /// <summary>How much is asked for.</summary>
    public int ReadSize => MemoryMarshal.Read<int>(Bytes.AsSpan(HeaderSize + 16));

    /// <summary>Whether the file was opened to read what is there, and not to wait (O_NONBLOCK).</summary>
    public bool IsNonBlocking => (MemoryMarshal.Read<uint>(Bytes.AsSpan(HeaderSize + 32)) & 0x800) != 0;

    public uint IoctlNumber => MemoryMarshal.Read<uint>(Bytes.AsSpan(HeaderSize + 12));

    /// <summary>What is written.</summary>
    public byte[] Data => Bytes[(HeaderSize + WriteHeaderSize)..];

    /// <summary>struct fuse_out_header and the answer.</summary>
    public byte[] Answer(params byte[] answer) => Message(Id, 0, answer);

    /// <param name="errno">Not 0.</param>
    public byte[] Fail(int errno) => Message(Id, -errno, []);

    /// <summary>Tells the kernel to poll again.</summary>
    public static byte[] Notice(ulong pollHandle) => Message(0, 1, BitConverter.GetBytes(pollHandle));

    private static byte[] Message(ulong id, int error, byte[] body)
    {
        var message = new byte[16 + body.Length];
        BinaryPrimitives.WriteInt32LittleEndian(message, message.Length);
        BinaryPrimitives.WriteInt32LittleEndian(message.AsSpan(4), error);
        BinaryPrimitives.WriteUInt64LittleEndian(message.AsSpan(8), id);
        body.CopyTo(message, 16);
        return message;
    }

    private ulong Word(int offset) => MemoryMarshal.Read<ulong>(Bytes.AsSpan(HeaderSize + offset));
}
