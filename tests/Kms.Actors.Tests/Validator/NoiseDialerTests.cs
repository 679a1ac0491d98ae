using System.Net;
using System.Net.Sockets;
using Kms.Actors.Tests.Chain;
using Kms.Actors.Validator;
using Kms.Harness;
using Kms.Protocol.KeyEncoding;
using Kms.Protocol.SecretConnection;

namespace Kms.Actors.Tests.Validator;

/// <summary>Dialling over Noise against an end that is not ours, over real sockets.</summary>
public sealed class NoiseDialerTests : IDisposable
{
    private static readonly byte[] Seed = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly IdentityKey _identity = IdentityKey.Generate();
    private readonly IdentityKey _node = IdentityKey.FromSeed(Seed);

    public NoiseDialerTests() => _listener.Start();

    private int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Dispose()
    {
        _listener.Dispose();
        _identity.Dispose();
        _node.Dispose();
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    public async Task The_node_that_is_expected_is_connected_and_both_know_each_other(string host)
    {
        var dialling = DialAsync(host: host);
        await using var wire = await AcceptAsync();
        var peer = await NoisePeer.AcceptAsync(wire, Seed).WaitAsync(ChainWorld.Patience);
        var outcome = await dialling;
        await using var stream = outcome.Stream!;

        Assert.Equal((_node.PeerId.ToString(), null), (outcome.Peer, outcome.Error));
        Assert.Equal(_identity.PublicKey.Span.ToArray(), peer.RemoteKey);
        await stream.WriteAsync("reply"u8.ToArray());
        Assert.Equal("reply"u8.ToArray(), await peer.ReadAsync(5).WaitAsync(ChainWorld.Patience));
    }

    [Fact]
    public async Task Another_node_is_refused_by_its_id()
    {
        var dialling = DialAsync(expected: _identity.PeerId);
        await using var wire = await AcceptAsync();
        var peer = NoisePeer.AcceptAsync(wire, Seed);

        Assert.Equal($"noise handshake failed: peer ID mismatch! (expected {_identity.PeerId}, got {_node.PeerId})", await ErrorAsync(dialling));
        await Assert.ThrowsAnyAsync<IOException>(() => peer.WaitAsync(ChainWorld.Patience));
    }

    [Fact]
    public async Task A_node_that_proves_nothing_is_refused()
    {
        var dialling = DialAsync();
        await using var wire = await AcceptAsync();
        var peer = NoisePeer.AcceptAsync(wire, Seed, new NoiseFlaw(Payload: proof =>
        {
            proof[60] ^= 1;
            return proof;
        }));

        Assert.Equal("noise handshake failed: the peer could not prove its identity", await ErrorAsync(dialling));
        await Assert.ThrowsAnyAsync<IOException>(() => peer.WaitAsync(ChainWorld.Patience));
    }

    /// <summary>What answers is no node, or one without Noise: its words, cut off or not, and the reason.</summary>
    [Theory]
    [InlineData("", "the peer closed the connection")]
    [InlineData("00", "closed inside a frame")]
    [InlineData("0060", "closed inside a frame")]
    [InlineData("000401020304", "too short")]
    [InlineData("16030100020228", "closed inside a frame")]
    public async Task Garbage_is_refused(string hex, string reason)
    {
        var dialling = DialAsync();
        await using (var wire = await AcceptAsync())
        {
            await wire.ReadExactlyAsync(new byte[34]);
            await wire.WriteAsync(Convert.FromHexString(hex));
        }

        var error = await ErrorAsync(dialling);
        Assert.StartsWith("noise handshake failed: ", error, StringComparison.Ordinal);
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_handshake_that_never_ends_is_given_up()
    {
        var dialling = DialAsync(timeout: TimeSpan.FromMilliseconds(300));
        await using var wire = await AcceptAsync();
        Assert.Equal("no connection within 0.3 s", await ErrorAsync(dialling));
    }

    [Fact]
    public async Task A_node_that_is_not_there_is_an_error_of_the_network()
    {
        _listener.Stop();
        Assert.StartsWith("I/O error: ", await ErrorAsync(DialAsync()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_an_identity_nothing_is_dialled()
    {
        var address = new ValidatorAddress.Noise(_node.PeerId, "127.0.0.1", Port);
        var outcome = await new ValidatorDialer(null).DialAsync(address, ChainWorld.Patience, CancellationToken.None);
        Assert.Equal("a noise validator needs a secret_key", outcome.Error);
        Assert.False(_listener.Pending());
    }

    private Task<DialOutcome> DialAsync(string host = "127.0.0.1", PeerId? expected = null, TimeSpan? timeout = null) =>
        new ValidatorDialer(_identity).DialAsync(
            new ValidatorAddress.Noise(expected ?? _node.PeerId, host, Port), timeout ?? ChainWorld.Patience, CancellationToken.None);

    private static async Task<string> ErrorAsync(Task<DialOutcome> dialling)
    {
        var outcome = await dialling;
        Assert.Null(outcome.Stream);
        return outcome.Error!;
    }

    private async Task<Stream> AcceptAsync() => new NetworkStream(await _listener.AcceptSocketAsync().WaitAsync(ChainWorld.Patience), ownsSocket: true);
}
