using Kms.Protocol.Framing;

namespace Kms.Fuzz.Targets;

/// <summary>Frames are found where a second parser finds them, however the bytes arrive. Input: which limit, bytes per read, the stream.</summary>
internal static class FramingTarget
{
    private static readonly int[] Limits = [Core.Limits.MaxRequestBytes, Core.Limits.MaxReplyBytes, 300, 0];

    public static bool Run(ReadOnlySpan<byte> input)
    {
        if (input.Length < 2) return false;
        var limit = Limits[input[0] % Limits.Length];
        var stream = input[2..].ToArray();
        var frames = Frames(stream, limit);
        var arrived = Arrived(stream, input[1] + 1, limit);
        Property.Holds(frames.Count == arrived.Count, $"{arrived.Count} frames arrived instead of {frames.Count}");
        foreach (var (expected, actual) in frames.Zip(arrived))
            Property.Holds(stream.AsSpan(expected).SequenceEqual(actual), "a frame arrived changed");
        return frames.Count > 0;
    }

    private static List<Range> Frames(byte[] stream, int limit)
    {
        var frames = new List<Range>();
        for (var at = 0; ;)
        {
            var status = FrameParser.Parse(stream.AsSpan(at), limit, out var body, out var error);
            Property.Holds(status == FrameStatus.Broken == error is not null, "a broken frame has a reason, and no other has");
            var (wanted, start, end) = Expect(stream.AsSpan(at), limit);
            Property.Holds(status == wanted, $"the frame is {status} and should be {wanted}");
            if (status != FrameStatus.Complete) return frames;
            Property.Holds(body.Equals(start..end), $"the frame is at {body} and should be at {start}..{end}");
            frames.Add((at + start)..(at + end));
            at += end;
        }
    }

    // Go's binary.ReadUvarint and the limit, in numbers too wide to overflow.
    private static (FrameStatus Status, int Start, int End) Expect(ReadOnlySpan<byte> bytes, int limit)
    {
        var length = UInt128.Zero;
        for (var i = 0; i < Math.Min(bytes.Length, 10); i++)
        {
            length += (UInt128)(bytes[i] % 128) << (7 * i);
            if (bytes[i] >= 128 && i < 9) continue;
            if (bytes[i] >= 128 || length > (UInt128)limit) return (FrameStatus.Broken, 0, 0);
            var (start, end) = (i + 1, i + 1 + (int)length);
            return (end <= bytes.Length ? FrameStatus.Complete : FrameStatus.Incomplete, start, end);
        }

        return (FrameStatus.Incomplete, 0, 0);
    }

    private static List<byte[]> Arrived(byte[] stream, int piece, int limit)
    {
        var connection = new FramedConnection(new Wire(stream, piece), limit);
        var frames = new List<byte[]>();
        while (true)
        {
            switch (Wire.Now(connection.ReadAsync(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan, CancellationToken.None)))
            {
                case FrameRead.Frame frame: frames.Add(frame.Body.ToArray()); break;
                case FrameRead.Ended ended:
                    Property.Holds(ended.Reason.Length > 0, "a connection ended without a reason");
                    return frames;
            }
        }
    }
}
