using Kms.Protocol.Framing;

namespace Kms.Protocol.Tests.Framing;

public class FrameParserTests
{
    private const int Limit = 1024 * 1024;

    [Theory, InlineData(0), InlineData(1), InlineData(127), InlineData(128), InlineData(300), InlineData(16_383), InlineData(16_384)]
    public void A_frame_is_complete_at_its_last_byte_and_incomplete_at_every_one_before(int size)
    {
        var frame = Frame(Body(size));
        for (var length = 0; length < frame.Length; length++)
            Assert.Equal((FrameStatus.Incomplete, null), (FrameParser.Parse(frame.AsSpan(0, length), Limit, out _, out var error), error));

        Assert.Equal(FrameStatus.Complete, FrameParser.Parse(frame, Limit, out var body, out _));
        Assert.Equal(Body(size), frame[body]);
    }

    [Fact]
    public void Of_two_frames_the_first_is_found_and_ends_where_the_second_begins()
    {
        var (first, second) = (Frame(Body(200)), Frame(Body(3)));
        byte[] both = [.. first, .. second];

        Assert.Equal(FrameStatus.Complete, FrameParser.Parse(both, Limit, out var body, out _));
        Assert.Equal(Body(200), both[body]);

        var rest = both[body.End..];
        Assert.Equal(second, rest);
        Assert.Equal(FrameStatus.Complete, FrameParser.Parse(rest, Limit, out body, out _));
        Assert.Equal(Body(3), rest[body]);
    }

    [Theory, InlineData(0), InlineData(127), InlineData(10_240)]
    public void The_limit_itself_is_allowed_and_one_byte_more_is_not(int limit)
    {
        Assert.Equal(FrameStatus.Complete, FrameParser.Parse(Frame(Body(limit)), limit, out _, out _));
        Assert.Equal(FrameStatus.Broken, FrameParser.Parse(Frame(Body(limit + 1)), limit, out _, out var error));
        Assert.Equal($"a frame of {limit + 1} bytes exceeds the limit of {limit}", error);
    }

    [Theory]
    [InlineData(1UL << 31)]
    [InlineData((1UL << 31) - 1)]
    [InlineData(1UL << 32)]
    [InlineData((1UL << 32) + 5)]
    [InlineData(1UL << 63)]
    [InlineData((1UL << 63) - 1)]
    [InlineData(ulong.MaxValue)]
    public void A_huge_length_is_refused_as_soon_as_it_is_read(ulong length)
    {
        var prefix = Varint(length);
        for (var i = 0; i < prefix.Length; i++) Assert.Equal(FrameStatus.Incomplete, FrameParser.Parse(prefix.AsSpan(0, i), Limit, out _, out _));

        Assert.Equal(FrameStatus.Broken, FrameParser.Parse(prefix, Limit, out _, out var error));
        Assert.Equal($"a frame of {length} bytes exceeds the limit of {Limit}", error);
    }

    [Fact]
    public void A_length_of_more_than_64_bits_is_none()
    {
        byte[] tenth = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02];
        byte[] eleven = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x81, 0x00];

        Assert.Equal(FrameStatus.Broken, FrameParser.Parse(tenth, Limit, out _, out var error));
        Assert.Equal("the frame length is not a 64-bit number", error);
        Assert.Equal(FrameStatus.Broken, FrameParser.Parse(eleven, Limit, out _, out _));
    }

    [Fact]
    public void A_length_in_more_bytes_than_it_needs_is_accepted_as_in_Go()
    {
        byte[] frame = [0x83, 0x80, 0x80, 0x00, 1, 2, 3];

        Assert.Equal(FrameStatus.Complete, FrameParser.Parse(frame, Limit, out var body, out _));
        Assert.Equal(new byte[] { 1, 2, 3 }, frame[body]);
    }

    internal static byte[] Frame(byte[] body) => [.. Varint((ulong)body.Length), .. body];

    internal static byte[] Body(int size) => [.. Enumerable.Range(0, size).Select(i => (byte)(i % 251))];

    internal static byte[] Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7) bytes.Add((byte)(0x80 | (value & 0x7F)));
        bytes.Add((byte)value);
        return [.. bytes];
    }
}
