using System.Buffers.Binary;

namespace Kms.Hardware.Ledger;

/// <summary>One answer out of its reports. After an error it takes no more: what follows belongs to nothing known.</summary>
public sealed class HidReassembly
{
    private readonly byte[] _bytes = new byte[Apdu.MaxSize];
    private int _expected;
    private int _received;
    private int _sequence;

    /// <summary>Whether the answer is whole.</summary>
    public bool IsComplete => _sequence > 0 && _received == _expected;

    /// <summary>The answer; only when <see cref="IsComplete"/>.</summary>
    public ReadOnlySpan<byte> Bytes => IsComplete ? _bytes.AsSpan(0, _expected) : throw new InvalidOperationException("the answer is not whole");

    /// <summary>Takes the next report.</summary>
    /// <param name="report">As it came from the device.</param>
    /// <returns>Null, or what is wrong with it: a part of a sentence after "the device sent".</returns>
    public string? Add(ReadOnlySpan<byte> report)
    {
        if (IsComplete) return "a report after the end of the answer";
        if (report.Length != HidFraming.ReportSize) return $"a report of {report.Length} bytes instead of {HidFraming.ReportSize}";
        var channel = BinaryPrimitives.ReadUInt16BigEndian(report);
        if (channel != HidFraming.Channel) return $"a report on channel {channel:x4} instead of {HidFraming.Channel:x4}";
        if (report[2] != HidFraming.Tag) return $"a report with tag {report[2]:x2} instead of {HidFraming.Tag:x2}";
        var sequence = BinaryPrimitives.ReadUInt16BigEndian(report[3..]);
        if (sequence != _sequence) return $"report {sequence} instead of {_sequence}";

        var body = report[HidFraming.HeaderSize..];
        if (_sequence == 0)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(body);
            if (length is < ApduResponse.StatusSize or > Apdu.MaxSize) return $"an answer of {length} bytes";
            _expected = length;
            body = body[HidFraming.LengthSize..];
        }

        var size = Math.Min(body.Length, _expected - _received);
        body[..size].CopyTo(_bytes.AsSpan(_received));
        _received += size;
        _sequence++;
        return null;
    }
}
