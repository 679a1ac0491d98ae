using CsCheck;
using Kms.Protocol.Framing;
using Kms.Protocol.KeyEncoding;
using Kms.Protocol.Noise;
using Kms.Protocol.SecretConnection;
using Kms.Testing;
using static Kms.Protocol.Tests.Framing.FrameParserTests;

namespace Kms.Protocol.Tests.Properties;

/// <summary>A stream may be cut into packets anywhere. Every place is tried: what arrives is the same.</summary>
public class SplitProperties
{
    private static readonly Gen<byte[][]> Bodies = Gen.Byte.Array[0, 140].Array[1, 4];

    [Fact]
    public Task Privval_frames_arrive_the_same_wherever_the_stream_is_cut() => Bodies.SampleAsync(async bodies =>
    {
        byte[] stream = [.. bodies.SelectMany(Frame)];
        for (var cut = 0; cut <= stream.Length; cut++)
        {
            await using var connection = new FramedConnection(new CutStream(stream, cut), 1000);
            foreach (var body in bodies)
            {
                var read = await connection.ReadAsync(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan, CancellationToken.None);
                Assert.Equal(body, Assert.IsType<FrameRead.Frame>(read).Body.ToArray());
            }
        }
    }, iter: 100);

    [Fact]
    public Task Noise_frames_arrive_the_same_wherever_the_stream_is_cut() => Bodies.SampleAsync(async bodies =>
    {
        bodies = [.. bodies.Where(body => body.Length > 0)];
        var key = Enumerable.Repeat((byte)7, 32).ToArray();
        var peer = PeerId.Of(new Core.Signing.PublicKey(Core.Signing.KeyAlgorithm.Ed25519, key));
        var sent = new ScriptedStream([]);
        await using var sender = new NoiseStream(sent, peer, new CipherState(key), new CipherState(key));
        foreach (var body in bodies) await sender.WriteAsync(body);
        var stream = sent.Outgoing.ToArray();
        for (var cut = 0; cut <= stream.Length; cut++)
        {
            await using var receiver = new NoiseStream(new CutStream(stream, cut), peer, new CipherState(key), new CipherState(key));
            Assert.Equal(bodies.SelectMany(body => body), await ReadAll(receiver));
        }
    }, iter: 30);

    // Handshake and frames: CometBFT's own end of a recorded connection.
    [Fact]
    public async Task A_secret_connection_is_the_same_wherever_its_stream_is_cut()
    {
        var vector = CometBft.Load("v0.38", "secretconn").All("scripted_peers")
            .First(peer => peer.Text("handshake_error").Length == 0 && peer.All("reads").Count > 1 && peer.All("reads").All(read => !read.Has("error")));
        var stream = vector.Hex("incoming");
        byte[] expected = [.. vector.All("reads").SelectMany(read => read.Hex("data"))];
        using var identity = IdentityKey.FromSeed(vector.Hex("local_static_seed"));
        using var ephemeral = SecretConnection.HandshakeTests.Ephemeral(vector.Hex("local_ephemeral_priv"));
        for (var cut = 0; cut <= stream.Length; cut++)
        {
            var peer = new CutStream(stream, cut);
            await using var connection = await SecretConnectionStream.HandshakeAsync(peer, identity, ephemeral, CancellationToken.None);
            Assert.Equal(expected, await ReadAll(connection));
        }
    }

    private static async Task<byte[]> ReadAll(Stream stream)
    {
        using var all = new MemoryStream();
        var buffer = new byte[100];
        while (await stream.ReadAsync(buffer) is var count and > 0) all.Write(buffer, 0, count);
        return all.ToArray();
    }

    /// <summary>Gives no byte beyond <paramref name="cut"/> in the read that begins before it.</summary>
    private sealed class CutStream(byte[] bytes, int cut) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var before = (int)(cut - Position);
            return base.ReadAsync(before > 0 && before < buffer.Length ? buffer[..before] : buffer, cancellationToken);
        }

        // What is said to the peer is not heard, and not written over what it says.
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;
    }
}
