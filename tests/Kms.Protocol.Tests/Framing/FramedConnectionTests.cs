using System.Net.Sockets;
using Kms.Protocol.Framing;
using static Kms.Protocol.Tests.Framing.FrameParserTests;

namespace Kms.Protocol.Tests.Framing;

/// <summary>Frames over a stream. Timeouts are either endless or already over, so that no outcome depends on a clock.</summary>
public class FramedConnectionTests
{
    private const int Limit = 1024 * 1024;

    private static readonly TimeSpan Endless = Timeout.InfiniteTimeSpan;
    private static readonly TimeSpan Over = TimeSpan.Zero;

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(1000), InlineData(4096), InlineData(int.MaxValue)]
    public async Task Frames_arrive_whole_and_in_order_in_pieces_of_any_size(int piece)
    {
        int[] sizes = [0, 1, 127, 128, 0, 4095, 4096, 4097, 20_000, 3, 100_000, 5];
        await using var connection = new FramedConnection(new ScriptedStream([.. sizes.SelectMany(size => Frame(Body(size)))], piece), Limit);

        foreach (var size in sizes) Assert.Equal(Body(size), await Next(connection));
        Assert.Equal(new FrameRead.Ended("closed by the validator", ByPeer: true), await Read(connection));
    }

    [Fact]
    public async Task A_stream_cut_at_any_byte_gives_the_whole_frames_and_then_ends()
    {
        byte[] stream = [.. Frame(Body(3)), .. Frame(Body(200)), .. Frame([])];
        int[] ends = [4, 4 + 202, 4 + 202 + 1];
        for (var cut = 0; cut <= stream.Length; cut++)
        {
            await using var connection = new FramedConnection(new ScriptedStream(stream[..cut]), Limit);
            for (var whole = ends.Count(end => end <= cut); whole > 0; whole--) Assert.IsType<FrameRead.Frame>(await Read(connection));

            var ended = Assert.IsType<FrameRead.Ended>(await Read(connection));
            Assert.Equal(cut == 0 || ends.Contains(cut) ? "closed by the validator" : "closed by the validator inside a message", ended.Reason);
        }
    }

    [Fact]
    public async Task A_frame_above_the_limit_ends_the_connection_before_its_body_is_read()
    {
        var stream = new ScriptedStream([.. Varint(Limit + 1)]) { AtEnd = _ => throw new InvalidOperationException("read on") };
        await using var connection = new FramedConnection(stream, Limit);

        Assert.Equal(new FrameRead.Ended($"a frame of {Limit + 1} bytes exceeds the limit of {Limit}"), await Read(connection));
    }

    // 1 MiB is announced, ten bytes come: a thousand such peers must not cost a gigabyte.
    [Fact]
    public async Task Memory_is_taken_for_bytes_that_came_never_for_a_length_that_was_announced()
    {
        byte[] announced = [.. Varint(Limit), .. Body(10)];
        await Read(new FramedConnection(new ScriptedStream(announced), Limit)); // compiled and warm

        var before = GC.GetAllocatedBytesForCurrentThread();
        var read = new FramedConnection(new ScriptedStream(announced), Limit).ReadAsync(Endless, Endless, CancellationToken.None);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.True(read.IsCompletedSuccessfully); // all of it ran on this thread
        Assert.IsType<FrameRead.Ended>(await read);
        Assert.InRange(allocated, 0, 32 * 1024);
    }

    [Fact]
    public async Task The_buffer_grows_with_what_arrives_up_to_the_largest_frame()
    {
        await using var connection = new FramedConnection(new ScriptedStream([.. Frame(Body(Limit)), .. Frame(Body(Limit))], piece: 60_000), Limit);

        Assert.Equal(Body(Limit), await Next(connection));
        Assert.Equal(Body(Limit), await Next(connection));
    }

    [Fact]
    public async Task Silence_ends_the_connection()
    {
        await using var connection = new FramedConnection(Silent([]), Limit);

        Assert.Equal(
            new FrameRead.Ended("neither a request nor a ping for 0 s"),
            await connection.ReadAsync(idle: Over, rest: Endless, CancellationToken.None));
    }

    [Fact]
    public async Task Silence_inside_a_message_ends_the_connection_whether_its_beginning_came_just_now_or_behind_another()
    {
        await using var fresh = new FramedConnection(Silent([5, 1]), Limit);
        Assert.Equal(
            new FrameRead.Ended("the rest of a message did not come within 0 s"),
            await fresh.ReadAsync(idle: Endless, rest: Over, CancellationToken.None));

        await using var behind = new FramedConnection(Silent([.. Frame(Body(3)), 5, 1]), Limit);
        Assert.Equal(Body(3), await Next(behind));
        Assert.Equal(
            new FrameRead.Ended("the rest of a message did not come within 0 s"),
            await behind.ReadAsync(idle: Endless, rest: Over, CancellationToken.None));
    }

    [Fact]
    public async Task A_caller_that_cancels_gets_an_exception_not_a_reason()
    {
        using var cancel = new CancellationTokenSource();
        await using var connection = new FramedConnection(Silent([]), Limit);
        var read = connection.ReadAsync(Endless, Endless, cancel.Token).AsTask();
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
    }

    [Fact]
    public async Task A_broken_stream_is_a_reason_not_an_exception()
    {
        var broken = new ScriptedStream([])
        {
            AtEnd = _ => throw new IOException("connection reset by peer"),
            OnWrite = _ => throw new IOException("broken pipe"),
        };
        await using var connection = new FramedConnection(broken, Limit);

        Assert.Equal(new FrameRead.Ended("connection reset by peer"), await Read(connection));
        Assert.Equal("broken pipe", await connection.WriteAsync(Frame(Body(3)), Endless, CancellationToken.None));
    }

    [Theory, InlineData(SocketError.ConnectionReset), InlineData(SocketError.Shutdown)]
    public async Task A_node_that_was_killed_is_named_instead_of_the_operating_system(SocketError error)
    {
        var reset = new IOException("Unable to read data from the transport connection", new SocketException((int)error));
        var stream = new ScriptedStream([]) { AtEnd = _ => throw reset, OnWrite = _ => throw reset };
        await using var connection = new FramedConnection(stream, Limit);

        Assert.Equal(new FrameRead.Ended("reset by the validator", ByPeer: true), await Read(connection));
        Assert.Equal("reset by the validator", await connection.WriteAsync(new byte[1], Endless, CancellationToken.None));
    }

    [Fact]
    public async Task A_frame_is_written_as_it_is()
    {
        var stream = new ScriptedStream([]);
        await using var connection = new FramedConnection(stream, Limit);

        Assert.Null(await connection.WriteAsync(Frame(Body(300)), Endless, CancellationToken.None));
        Assert.Equal(Frame(Body(300)), stream.Outgoing.ToArray());
    }

    [Fact]
    public async Task A_peer_that_does_not_take_a_reply_is_given_up()
    {
        var stream = new ScriptedStream([]) { OnWrite = async token => await Task.Delay(Timeout.Infinite, token) };
        await using var connection = new FramedConnection(stream, Limit);

        Assert.Equal("the validator did not take a reply within 0 s", await connection.WriteAsync(Frame(Body(3)), Over, CancellationToken.None));
    }

    private static ScriptedStream Silent(byte[] first) => new(first)
    {
        AtEnd = async token =>
        {
            await Task.Delay(Timeout.Infinite, token);
            return 0;
        },
    };

    private static ValueTask<FrameRead> Read(FramedConnection connection) => connection.ReadAsync(Endless, Endless, CancellationToken.None);

    private static async Task<byte[]> Next(FramedConnection connection) => Assert.IsType<FrameRead.Frame>(await Read(connection)).Body.ToArray();
}
