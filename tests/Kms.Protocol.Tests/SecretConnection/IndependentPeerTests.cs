using System.Net;
using System.Net.Sockets;
using Kms.Protocol.SecretConnection;
using Kms.Testing;
using Xunit.Abstractions;

namespace Kms.Protocol.Tests.SecretConnection;

/// <summary>Our SecretConnection against one written apart from it with other cryptography: what only ever talked to itself could be wrong on
/// both sides.</summary>
public sealed class IndependentPeerTests(ITestOutputHelper output) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly byte[] Seed = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];

    private readonly TcpListener _listener = Start();
    private readonly IdentityKey _identity = IdentityKey.Generate();

    public void Dispose()
    {
        _listener.Dispose();
        _identity.Dispose();
    }

    [Fact]
    public async Task Both_ends_know_each_other_whoever_has_the_lower_key()
    {
        using var expected = IdentityKey.FromSeed(Seed);
        var wasLower = new HashSet<bool>();
        for (var i = 0; i < 100 && wasLower.Count < 2; i++)
        {
            var (ours, peer) = await ConnectAsync();
            await using (ours)
            {
                Assert.Equal(expected.PublicKey, ours.RemoteKey);
                Assert.Equal(_identity.PublicKey.Span, peer.RemoteKey);
                wasLower.Add(peer.WasLower);
            }
        }

        Assert.Equal(2, wasLower.Count);
    }

    [Fact]
    public async Task Bytes_arrive_as_they_were_sent_both_ways_in_one_frame_and_in_many()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var (ours, peer) = await ConnectAsync();
        await using var _ = ours;
        foreach (var size in new[] { 1, 2, 1023, 1024, 1025, 2047, 2048, 2049, 5000, 100_000 })
        {
            var data = new byte[size];
            random.NextBytes(data);

            var sending = ours.WriteAsync(data).AsTask();
            Assert.Equal(data, await peer.ReadAsync(size).WaitAsync(Patience));
            await sending.WaitAsync(Patience);

            var answering = peer.WriteAsync(data);
            var received = new byte[size];
            await ours.ReadExactlyAsync(received).AsTask().WaitAsync(Patience);
            Assert.Equal(data, received);
            await answering.WaitAsync(Patience);
        }
    }

    [Theory]
    [InlineData(4)] // The length of the key.
    [InlineData(5)] // The key.
    [InlineData(40)] // The signature.
    [InlineData(102)]
    public async Task A_peer_that_does_not_prove_its_identity_is_refused(int position)
    {
        var (dialled, accepted) = await SocketsAsync();
        using var deadline = new CancellationTokenSource(Patience);
        var ours = SecretConnectionStream.HandshakeAsync(dialled, _identity, deadline.Token);
        await SecretPeer.HandshakeAsync(accepted, Seed, proof => proof[position] ^= 1).WaitAsync(Patience);
        await Assert.ThrowsAsync<SecretConnectionException>(() => ours);
        Assert.Equal(0, await accepted.ReadAsync(new byte[1], deadline.Token));
        await accepted.DisposeAsync();
    }

    private async Task<(SecretConnectionStream Ours, SecretPeer Peer)> ConnectAsync()
    {
        var (dialled, accepted) = await SocketsAsync();
        using var deadline = new CancellationTokenSource(Patience);
        var ours = SecretConnectionStream.HandshakeAsync(dialled, _identity, deadline.Token);
        var peer = await SecretPeer.HandshakeAsync(accepted, Seed).WaitAsync(Patience);
        return (await ours, peer);
    }

    private async Task<(Stream Dialled, Stream Accepted)> SocketsAsync()
    {
        var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)_listener.LocalEndpoint);
        return (client.GetStream(), new NetworkStream(await _listener.AcceptSocketAsync(), ownsSocket: true));
    }

    private static TcpListener Start()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return listener;
    }
}
