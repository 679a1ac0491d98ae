using System.Buffers.Binary;

namespace Kms.Hardware.YubiHsm;

/// <summary>The frame of every message, in a session and outside of one: code (1 byte), length of the data (2 bytes, big-endian), data. Pure.</summary>
public static class Frame
{
    /// <summary>Code and length.</summary>
    public const int HeaderSize = 3;

    /// <summary>Largest frame of firmware before 2.4, and so of a device whose firmware is not known yet.</summary>
    public const int MaxSize = 2048;

    /// <summary>Largest frame of firmware 2.4 and later.</summary>
    public const int MaxSizeSince24 = 3136;

    /// <summary>How much smaller than the largest frame an inner frame has to be: Yubico's tests send no more (2021 bytes of Echo in 2048).</summary>
    public const int SessionOverhead = 24;

    /// <summary>Set in the code of a successful answer.</summary>
    public const byte ResponseBit = 0x80;

    /// <summary>Writes code and length.</summary>
    /// <param name="frame">Header and data; its size is the length.</param>
    /// <param name="code">What it is.</param>
    public static void WriteHeader(Span<byte> frame, byte code)
    {
        frame[0] = code;
        BinaryPrimitives.WriteUInt16BigEndian(frame[1..], checked((ushort)(frame.Length - HeaderSize)));
    }

    /// <summary>Makes a frame.</summary>
    /// <param name="code">The command.</param>
    /// <param name="data">Its data.</param>
    public static byte[] Encode(CommandCode code, ReadOnlySpan<byte> data)
    {
        var frame = new byte[HeaderSize + data.Length];
        WriteHeader(frame, (byte)code);
        data.CopyTo(frame.AsSpan(HeaderSize));
        return frame;
    }

    /// <summary>Whether the length in the frame is that of the data behind it.</summary>
    public static bool IsWhole(ReadOnlySpan<byte> frame) =>
        frame.Length >= HeaderSize && BinaryPrimitives.ReadUInt16BigEndian(frame[1..]) == frame.Length - HeaderSize;

    /// <summary>Reads the answer to a command.</summary>
    /// <param name="frame">A whole frame, as it came.</param>
    /// <param name="command">What was asked.</param>
    /// <param name="data">What was answered.</param>
    /// <returns>Null, or why there is no data: the device refused, or the frame is no answer to this command.</returns>
    public static YubiHsmFailure? ReadAnswer(ReadOnlySpan<byte> frame, CommandCode command, out ReadOnlySpan<byte> data)
    {
        data = default;
        if (!IsWhole(frame)) return YubiHsmFailure.Malformed(command, $"a frame of {frame.Length} bytes whose length field says otherwise");
        var content = frame[HeaderSize..];
        if (frame[0] == (byte)CommandCode.Error)
        {
            return content.Length == 1
                ? YubiHsmFailure.Refused(command, (DeviceError)content[0])
                : YubiHsmFailure.Malformed(command, $"an error of {content.Length} bytes instead of 1");
        }

        if (frame[0] != ((byte)command | ResponseBit)) return YubiHsmFailure.Malformed(command, $"the answer to another command (0x{frame[0]:x2})");
        data = content;
        return null;
    }
}
