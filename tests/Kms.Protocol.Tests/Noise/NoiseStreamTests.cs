using System.Buffers.Binary;
using Kms.Core.Signing;
using Kms.Protocol.KeyEncoding;
using Kms.Protocol.Noise;

namespace Kms.Protocol.Tests.Noise;

/// <summary>The stream alone, with known keys: frames as they should be and as they should not.</summary>
public class NoiseStreamTests
{
    private static readonly byte[] SendKey = [.. Enumerable.Repeat((byte)1, 32)];
    private static readonly byte[] ReceiveKey = [.. Enumerable.Repeat((byte)2, 32)];
    private static readonly PeerId Peer = PeerId.Of(new PublicKey(KeyAlgorithm.Ed25519, new byte[32]));

    public static TheoryData<int> Sizes => [1, 2, 3, 1024, 65518, 65519, 65520, 65535, 65536, 131037, 131038, 131039, 300_000];

    public static TheoryData<int> Pieces => [1, 2, 3, 17, 18, 19, 20, 4096];

    [Theory, MemberData(nameof(Sizes))]
    public async Task A_write_becomes_as_few_frames_as_hold_it_with_their_length_in_front(int size)
    {
        var wire = new ScriptedStream([]);
        await using (var stream = Open(wire)) await stream.WriteAsync(Data(size));

        var sent = wire.Outgoing.ToArray();
        using var cipher = new CipherState(SendKey);
        var data = new List<byte>();
        var frames = 0;
        for (var at = 0; at < sent.Length; frames++)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(sent.AsSpan(at));
            var plain = new byte[length - CipherState.TagSize];
            Assert.Null(cipher.Open(default, sent.AsSpan(at + 2, length), plain));
            data.AddRange(plain);
            at += 2 + length;
        }

        Assert.Equal(Data(size), data);
        Assert.Equal((size + 65518) / 65519, frames);
    }

    [Theory, MemberData(nameof(Pieces))]
    public async Task Frames_are_read_however_the_network_cuts_them(int piece)
    {
        var sizes = new[] { 1, 2, 17, 300, 65519, 1 };
        var wire = new ScriptedStream(Frames([.. sizes.Select(Data)]), piece);
        await using var stream = Open(wire);

        foreach (var size in sizes)
        {
            var read = new byte[size];
            await stream.ReadExactlyAsync(read);
            Assert.Equal(Data(size), read);
        }

        Assert.Equal(0, await stream.ReadAsync(new byte[1]));
        Assert.Equal(0, await stream.ReadAsync(new byte[1]));
    }

    [Fact]
    public async Task A_read_takes_what_fits_and_keeps_the_rest()
    {
        await using var stream = Open(new ScriptedStream(Frames(Data(10), Data(3))));
        var buffer = new byte[4];

        Assert.Equal(0, await stream.ReadAsync(Memory<byte>.Empty));
        Assert.Equal(4, await stream.ReadAsync(buffer));
        Assert.Equal(4, await stream.ReadAsync(buffer));
        Assert.Equal(2, await stream.ReadAsync(buffer));
        Assert.Equal(3, await stream.ReadAsync(buffer));
    }

    [Fact]
    public async Task An_empty_write_sends_nothing()
    {
        var wire = new ScriptedStream([]);
        await using var stream = Open(wire);
        await stream.WriteAsync(ReadOnlyMemory<byte>.Empty);
        Assert.Equal(0, wire.Outgoing.Length);
    }

    [Fact]
    public async Task Wherever_a_frame_is_cut_off_the_stream_breaks_and_stays_broken()
    {
        var frames = Frames(Data(3), Data(5));
        const int first = 2 + 3 + 16;
        for (var length = first + 1; length < frames.Length; length++)
        {
            await using var stream = Open(new ScriptedStream(frames[..length]));
            await stream.ReadExactlyAsync(new byte[3]);
            Assert.Contains("closed inside a frame", (await Broken(stream)).Message, StringComparison.Ordinal);
            await Broken(stream);
        }
    }

    /// <summary>Flipping a bit of the length moves the end of the frame; of the rest, the seal finds it.</summary>
    [Fact]
    public async Task Whatever_bit_of_a_frame_is_flipped_the_stream_breaks_and_stays_broken()
    {
        var good = Frames(Data(5), Data(6));
        for (var bit = 0; bit < 8 * (2 + 5 + 16); bit++)
        {
            var bad = good.ToArray();
            bad[bit / 8] ^= (byte)(1 << (bit % 8));
            await using var stream = Open(new ScriptedStream(bad));
            await Broken(stream);
            await Broken(stream);
        }
    }

    [Fact]
    public async Task Frames_that_are_repeated_left_out_or_swapped_break_the_stream()
    {
        byte[][] messages = [Frames(Data(3)), Frames(Data(3), Data(4))[21..]];
        await BreaksAfter(1, [.. messages[0], .. messages[0]]);
        await BreaksAfter(0, [.. messages[1]]);
        await BreaksAfter(0, [.. messages[1], .. messages[0]]);
        await BreaksAfter(2, [.. messages[0], .. messages[1], .. messages[1]]);

        static async Task BreaksAfter(int good, byte[] incoming)
        {
            await using var stream = Open(new ScriptedStream(incoming));
            for (var i = 0; i < good; i++) Assert.NotEqual(0, await stream.ReadAsync(new byte[100]));
            Assert.Contains("tampered with, replayed", (await Broken(stream)).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(15)]
    public async Task A_frame_shorter_than_its_seal_is_refused(int length)
    {
        await using var stream = Open(new ScriptedStream([0, (byte)length, .. new byte[length]]));
        Assert.Equal("a frame without data", (await Broken(stream)).Message);
    }

    [Fact]
    public async Task A_genuine_frame_without_data_is_refused_because_a_reader_would_take_it_for_the_end()
    {
        await using var stream = Open(new ScriptedStream(Frames([], Data(1))));
        Assert.Equal("a frame without data", (await Broken(stream)).Message);
        Assert.Equal("a frame without data", (await Broken(stream)).Message);
    }

    [Fact]
    public async Task A_read_that_was_given_up_inside_a_frame_is_not_followed_by_another()
    {
        using var cancel = new CancellationTokenSource();
        await using var stream = Open(new ScriptedStream(Frames(Data(5))[..4])
        {
            AtEnd = async token =>
            {
                await cancel.CancelAsync();
                await Task.Delay(Timeout.Infinite, token);
                return 0;
            },
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await stream.ReadExactlyAsync(new byte[1], cancel.Token));

        var broken = await Assert.ThrowsAsync<IOException>(async () => await stream.ReadExactlyAsync(new byte[1]));
        Assert.Contains("earlier read", broken.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_used_up_nonce_ends_the_stream_in_its_direction()
    {
        var wire = new ScriptedStream(Frames(Data(1)));
        var (send, receive) = (new CipherState(SendKey, ulong.MaxValue - 1), new CipherState(ReceiveKey, ulong.MaxValue));
        await using var stream = new NoiseStream(wire, Peer, send, receive);

        await stream.WriteAsync(Data(1));
        var sent = wire.Outgoing.Length;
        var refusal = await Assert.ThrowsAsync<NoiseException>(async () => await stream.WriteAsync(Data(1)));
        Assert.Contains("last nonce", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(sent, wire.Outgoing.Length);
        Assert.Contains("last nonce", (await Broken(stream)).Message, StringComparison.Ordinal);
    }

    private static Task<NoiseException> Broken(NoiseStream stream) =>
        Assert.ThrowsAsync<NoiseException>(async () => await stream.ReadExactlyAsync(new byte[1]));

    private static NoiseStream Open(Stream wire) => new(wire, Peer, new CipherState(SendKey), new CipherState(ReceiveKey));

    private static byte[] Data(int size) => [.. Enumerable.Range(0, size).Select(i => (byte)(i % 251))];

    private static byte[] Frames(params byte[][] messages)
    {
        using var cipher = new CipherState(ReceiveKey);
        return [.. messages.SelectMany(data =>
        {
            var message = new byte[data.Length + CipherState.TagSize];
            Assert.Null(cipher.Seal(default, data, message));
            return (byte[])[(byte)(message.Length >> 8), (byte)(message.Length & 0xFF), .. message];
        })];
    }
}
