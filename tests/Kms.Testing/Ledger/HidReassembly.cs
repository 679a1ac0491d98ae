using System.Buffers.Binary;

namespace Kms.Testing.Ledger;

/// <summary>The device's end of the framing: 64-byte reports to commands, answers to reports.</summary>
internal sealed class HidReassembly
{
    /// <summary>Bytes of every report, both ways.</summary>
    public const int ReportSize = 64;

    private const int CommandLimit = 260;
    private const int HeaderSize = 5;
    private const int LengthSize = 2;
    private const byte CommandTag = 0x05;

    private readonly List<byte> _command = [];
    private int _length;
    private int _sequence;

    /// <summary>That of the last first report; answers go there.</summary>
    public ushort Channel { get; private set; }

    /// <summary>Takes a report of the host. With the last one of a command gives the command; gives the whole answer to what only concerns the framing.
    /// What does not fit drops the command that was in work, and itself.</summary>
    public (byte[]? Command, byte[]? Reply) Take(ReadOnlySpan<byte> report)
    {
        if (report.Length != ReportSize) return Drop();
        var tag = report[2];
        if (tag <= 2) return (Drop().Command, Reply(report));
        if (tag != CommandTag || BinaryPrimitives.ReadUInt16BigEndian(report[3..]) != _sequence) return Drop();

        var body = report[HeaderSize..];
        if (_sequence == 0)
        {
            Channel = BinaryPrimitives.ReadUInt16BigEndian(report);
            _length = BinaryPrimitives.ReadUInt16BigEndian(body);
            if (_length > CommandLimit) return Drop();
            body = body[LengthSize..];
        }

        _sequence++;
        _command.AddRange(body[..Math.Min(body.Length, _length - _command.Count)]);
        if (_command.Count < _length) return default;
        var command = _command.ToArray();
        Drop();
        return (command, null);
    }

    /// <summary>The reports of an answer, the rest of the last one zero.</summary>
    public static List<byte[]> Split(ushort channel, byte[] answer)
    {
        var reports = new List<byte[]>();
        byte[] rest = [(byte)(answer.Length >> 8), (byte)(answer.Length & 0xFF), .. answer];
        for (ushort sequence = 0; rest.Length > 0; sequence++)
        {
            var report = new byte[ReportSize];
            BinaryPrimitives.WriteUInt16BigEndian(report, channel);
            report[2] = CommandTag;
            BinaryPrimitives.WriteUInt16BigEndian(report.AsSpan(3), sequence);
            var size = Math.Min(rest.Length, ReportSize - HeaderSize);
            rest.AsSpan(0, size).CopyTo(report.AsSpan(HeaderSize));
            rest = rest[size..];
            reports.Add(report);
        }

        return reports;
    }

    private (byte[]? Command, byte[]? Reply) Drop()
    {
        _command.Clear();
        (_sequence, _length) = (0, 0);
        return default;
    }

    // 00 the version of the framing, 01 a channel, 02 an echo: no host needs them, and what the first two carry is [device, unverified].
    private static byte[] Reply(ReadOnlySpan<byte> report) =>
        report[2] == 2 ? report.ToArray() : [.. report[..3], .. new byte[ReportSize - 3]];
}
