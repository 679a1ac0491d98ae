using System.Net;
using System.Net.Sockets;
using Kms.Core.Signing;
using Kms.Harness;
using Kms.Protocol.Framing;
using Kms.Protocol.KeyEncoding;
using Kms.Protocol.Noise;
using Kms.Protocol.SecretConnection;
using Xunit.Abstractions;

namespace Kms.Protocol.Tests.Noise;

/// <summary>Our Noise against one written apart from it with other cryptography, over sockets and as either end.</summary>
public sealed class NoiseIndependentPeerTests(ITestOutputHelper output) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly byte[] Seed = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];

    private readonly TcpListener _listener = Start();
    private readonly IdentityKey _identity = IdentityKey.Generate();
    private readonly CancellationTokenSource _deadline = new(Patience);

    public static TheoryData<bool> Ends => [true, false];

    public void Dispose()
    {
        _listener.Dispose();
        _identity.Dispose();
        _deadline.Dispose();
    }

    [Theory, MemberData(nameof(Ends))]
    public async Task Both_ends_know_each_other_and_bytes_arrive_as_they_were_sent(bool weDial)
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var (ours, peer, wire) = await ConnectAsync(weDial);
        await using var _ours = ours;
        await using var _wire = wire;
        Assert.Equal(_identity.PublicKey.Span, peer.RemoteKey);
        foreach (var size in new[] { 1, 2, 1024, 65518, 65519, 65520, 200_000 })
        {
            var data = new byte[size];
            random.NextBytes(data);

            var sending = ours.WriteAsync(data).AsTask();
            Assert.Equal(data, await peer.ReadAsync(size).WaitAsync(Patience));
            await sending.WaitAsync(Patience);

            var answering = peer.WriteAsync(data);
            var received = new byte[size];
            await ours.ReadExactlyAsync(received, _deadline.Token);
            Assert.Equal(data, received);
            await answering.WaitAsync(Patience);
        }
    }

    /// <summary>A privval conversation: delimited messages both ways through the stream, until the node hangs up.</summary>
    [Fact]
    public async Task A_whole_session_of_framed_messages_ends_when_the_node_hangs_up()
    {
        var (ours, peer, wire) = await ConnectAsync(weDial: true);
        await using var connection = new FramedConnection(ours, limit: 100_000);
        for (var size = 1; size < 100_000; size = (size * 3) + 1)
        {
            byte[] frame = [.. Varint(size), .. Enumerable.Repeat((byte)7, size)];
            var sending = peer.WriteAsync(frame);
            var read = Assert.IsType<FrameRead.Frame>(await connection.ReadAsync(Patience, Patience, _deadline.Token));
            Assert.Equal(frame[^size..], read.Body.ToArray());
            await sending;
            var answering = connection.WriteAsync(frame, Patience, _deadline.Token);
            Assert.Equal(frame, await peer.ReadAsync(frame.Length).WaitAsync(Patience));
            Assert.Null(await answering);
        }

        await wire.DisposeAsync();
        Assert.IsType<FrameRead.Ended>(await connection.ReadAsync(Patience, Patience, _deadline.Token));
    }

    [Fact]
    public async Task A_tampered_message_ends_a_session_with_a_reason()
    {
        var (ours, peer, wire) = await ConnectAsync(weDial: true);
        await using var connection = new FramedConnection(ours, limit: 1000);
        await using var _wire = wire;
        var message = peer.Seal([1, 7]);
        message[0] ^= 1;
        await peer.SendAsync(message);
        await peer.SendAsync(peer.Seal([1, 7]));

        for (var i = 0; i < 2; i++)
        {
            var ended = Assert.IsType<FrameRead.Ended>(await connection.ReadAsync(Patience, Patience, _deadline.Token));
            Assert.Contains("tampered with", ended.Reason, StringComparison.Ordinal);
        }
    }

    [Theory, MemberData(nameof(Ends))]
    public async Task Every_spoiled_byte_of_a_proof_is_refused(bool weDial)
    {
        for (var i = 0; i < 104; i += 3)
        {
            var at = i;
            await RefusedAsync(weDial, new NoiseFlaw(Payload: proof =>
            {
                proof[at] ^= 1;
                return proof;
            }));
        }

        await RefusedAsync(weDial, new NoiseFlaw(Payload: _ => []));
    }

    [Theory, MemberData(nameof(Ends))]
    public async Task A_static_key_that_the_peer_does_not_hold_is_refused(bool weDial) =>
        Assert.NotEmpty(await RefusedAsync(weDial, new NoiseFlaw(Static: key => key[0] ^= 1)));

    [Theory, MemberData(nameof(Ends))]
    public async Task Low_order_keys_are_refused(bool weDial)
    {
        Assert.Contains("low-order", await RefusedAsync(weDial, new NoiseFlaw(Ephemeral: key => key.AsSpan().Clear())), StringComparison.Ordinal);
        Assert.Contains("low-order", await RefusedAsync(weDial, new NoiseFlaw(Static: key => key.AsSpan().Clear())), StringComparison.Ordinal);
    }

    /// <summary>X25519 ignores the highest bit of a key, the hash does not: it takes the bytes as they were sent.</summary>
    [Theory, MemberData(nameof(Ends))]
    public async Task A_key_with_its_ignored_bit_set_is_that_key(bool weDial)
    {
        var (ours, peer, wire) = await ConnectAsync(weDial, new NoiseFlaw(Ephemeral: key => key[31] |= 0x80));
        await using var _ours = ours;
        await using var _wire = wire;
        await peer.WriteAsync([7]);
        Assert.Equal(1, await ours.ReadAsync(new byte[2], _deadline.Token));
    }

    [Theory, MemberData(nameof(Ends))]
    public async Task The_wrong_peer_is_refused(bool weDial)
    {
        using var other = IdentityKey.Generate();
        var (dialled, accepted) = await SocketsAsync();
        var (wire, theirs) = weDial ? (dialled, accepted) : (accepted, dialled);
        var shaking = Shake(weDial, wire, PeerId.Of(other.PublicKey));
        var peer = weDial ? NoisePeer.AcceptAsync(theirs, Seed) : NoisePeer.ConnectAsync(theirs, Seed);

        var refusal = await Assert.ThrowsAsync<NoiseException>(() => shaking);

        Assert.Contains($"expected {PeerId.Of(other.PublicKey)}", refusal.Message, StringComparison.Ordinal);
        // A node that is not ours never learns who we are.
        if (weDial) await Assert.ThrowsAnyAsync<IOException>(() => peer.WaitAsync(Patience));
        else await peer.WaitAsync(Patience);
        await theirs.DisposeAsync();
    }

    private async Task<string> RefusedAsync(bool weDial, NoiseFlaw flaw)
    {
        var refusal = await Assert.ThrowsAsync<NoiseException>(() => ConnectAsync(weDial, flaw));
        return refusal.Message;
    }

    // The caller keeps the wire: one that nobody refers to any more is closed by the garbage collector, in the middle of a test.
    private async Task<(NoiseStream Ours, NoisePeer Peer, Stream Wire)> ConnectAsync(bool weDial, NoiseFlaw? flaw = null)
    {
        var (dialled, accepted) = await SocketsAsync();
        var (wire, theirs) = weDial ? (dialled, accepted) : (accepted, dialled);
        using var expected = IdentityKey.FromSeed(Seed);
        var shaking = Shake(weDial, wire, PeerId.Of(expected.PublicKey));
        var peer = weDial ? NoisePeer.AcceptAsync(theirs, Seed, flaw) : NoisePeer.ConnectAsync(theirs, Seed, flaw);
        try
        {
            return (await shaking, await peer.WaitAsync(Patience), theirs);
        }
        catch (NoiseException)
        {
            await Record.ExceptionAsync(() => peer.WaitAsync(Patience));
            await theirs.DisposeAsync();
            throw;
        }
    }

    private Task<NoiseStream> Shake(bool weDial, Stream wire, PeerId peer) =>
        weDial ? NoiseStream.ConnectAsync(wire, _identity, peer, _deadline.Token) : NoiseStream.AcceptAsync(wire, _identity, peer, _deadline.Token);

    private async Task<(Stream Dialled, Stream Accepted)> SocketsAsync()
    {
        var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)_listener.LocalEndpoint);
        return (client.GetStream(), new NetworkStream(await _listener.AcceptSocketAsync(), ownsSocket: true));
    }

    private static IEnumerable<byte> Varint(int value)
    {
        for (; value >= 0x80; value >>= 7) yield return (byte)(0x80 | (value & 0x7F));
        yield return (byte)value;
    }

    private static TcpListener Start()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return listener;
    }
}
