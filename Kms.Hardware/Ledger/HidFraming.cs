using System.Buffers.Binary;

namespace Kms.Hardware.Ledger;

/// <summary>Commands in HID reports (nanos-secure-sdk, src/os_io_usb.c). A report has 64 bytes: channel, tag, sequence number, in the first one the
/// length of the whole, then the bytes, then padding. Numbers are big-endian.</summary>
public static class HidFraming
{
    /// <summary>Size of every report in bytes.</summary>
    public const int ReportSize = 64;

    /// <summary>The channel of the host; the device answers on the same.</summary>
    public const ushort Channel = 0x0101;

    /// <summary>The tag of commands and answers.</summary>
    public const byte Tag = 0x05;

    internal const int HeaderSize = 5;
    internal const int LengthSize = 2;

    /// <summary>The reports of a message, in order. Padding is zero.</summary>
    /// <param name="message">1 to <see cref="Apdu.MaxSize"/> bytes.</param>
    /// <exception cref="ArgumentException">Another size: the device would drop the whole and never answer.</exception>
    public static IReadOnlyList<byte[]> Split(ReadOnlySpan<byte> message)
    {
        if (message.Length is 0 or > Apdu.MaxSize) throw new ArgumentException($"a message has 1 to {Apdu.MaxSize} bytes", nameof(message));
        var reports = new List<byte[]>();
        while (reports.Count == 0 || !message.IsEmpty)
        {
            var report = new byte[ReportSize];
            BinaryPrimitives.WriteUInt16BigEndian(report, Channel);
            report[2] = Tag;
            BinaryPrimitives.WriteUInt16BigEndian(report.AsSpan(3), (ushort)reports.Count);
            var body = report.AsSpan(HeaderSize);
            if (reports.Count == 0)
            {
                BinaryPrimitives.WriteUInt16BigEndian(body, (ushort)message.Length);
                body = body[LengthSize..];
            }

            var size = Math.Min(body.Length, message.Length);
            message[..size].CopyTo(body);
            message = message[size..];
            reports.Add(report);
        }

        return reports;
    }
}
