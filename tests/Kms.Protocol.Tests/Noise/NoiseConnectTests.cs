using System.IO.Pipelines;
using Kms.Protocol.KeyEncoding;
using Kms.Protocol.Noise;
using Kms.Protocol.SecretConnection;

namespace Kms.Protocol.Tests.Noise;

/// <summary>Both ends ours, over pipes in memory: who is let in, and what either end sees when it is not.</summary>
public sealed class NoiseConnectTests : IDisposable
{
    private readonly IdentityKey _signer = IdentityKey.Generate();
    private readonly IdentityKey _node = IdentityKey.Generate();

    private PeerId Signer => PeerId.Of(_signer.PublicKey);

    private PeerId Node => PeerId.Of(_node.PublicKey);

    public void Dispose()
    {
        _signer.Dispose();
        _node.Dispose();
    }

    [Fact]
    public async Task Ends_that_expect_each_other_are_connected()
    {
        var (connecting, accepting) = Shake(expectedNode: Node, expectedSigner: Signer);
        await using var signer = await connecting;
        await using var node = await accepting;

        Assert.Equal((Signer, Node), (node.RemotePeer, signer.RemotePeer));
        await signer.WriteAsync("request"u8.ToArray());
        var read = new byte[7];
        await node.ReadExactlyAsync(read);
        Assert.Equal("request"u8, read);
    }

    [Fact]
    public async Task A_signer_that_expects_another_node_leaves_before_it_says_who_it_is()
    {
        var (connecting, accepting) = Shake(expectedNode: Signer, expectedSigner: Signer);

        var refusal = await Assert.ThrowsAsync<NoiseException>(() => connecting);
        Assert.Contains($"peer ID mismatch! (expected {Signer}, got {Node})", refusal.Message, StringComparison.Ordinal);
        refusal = await Assert.ThrowsAsync<NoiseException>(() => accepting);
        Assert.Contains("closed the connection", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_signer_that_the_node_does_not_expect_finds_the_end_at_its_first_read()
    {
        var (connecting, accepting) = Shake(expectedNode: Node, expectedSigner: Node);

        var refusal = await Assert.ThrowsAsync<NoiseException>(() => accepting);
        Assert.Contains($"peer ID mismatch! (expected {Node}, got {Signer})", refusal.Message, StringComparison.Ordinal);
        await using var signer = await connecting;
        Assert.Equal(0, await signer.ReadAsync(new byte[1]));
    }

    [Fact]
    public async Task A_silent_peer_is_waited_for_only_until_the_caller_cancels()
    {
        using var cancel = new CancellationTokenSource();
        var wire = new ScriptedStream([])
        {
            AtEnd = async token =>
            {
                await cancel.CancelAsync();
                await Task.Delay(Timeout.Infinite, token);
                return 0;
            },
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => NoiseStream.ConnectAsync(wire, _signer, Node, cancel.Token));

        Assert.True(wire.Closed);
        Assert.Equal(34, wire.Outgoing.Length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("0000")]
    [InlineData("0020")]
    [InlineData("ffff00")]
    public async Task A_peer_that_says_too_little_is_refused_and_the_connection_is_closed(string incoming)
    {
        var wire = new ScriptedStream(Convert.FromHexString(incoming));
        await Assert.ThrowsAsync<NoiseException>(() => NoiseStream.ConnectAsync(wire, _signer, Node, CancellationToken.None));
        Assert.True(wire.Closed);
    }

    private (Task<NoiseStream> Connecting, Task<NoiseStream> Accepting) Shake(PeerId expectedNode, PeerId expectedSigner)
    {
        var (toNode, toSigner) = (new Pipe(), new Pipe());
        var dialled = new DuplexStream(toSigner.Reader.AsStream(), toNode.Writer.AsStream());
        var accepted = new DuplexStream(toNode.Reader.AsStream(), toSigner.Writer.AsStream());
        return (NoiseStream.ConnectAsync(dialled, _signer, expectedNode, CancellationToken.None),
            NoiseStream.AcceptAsync(accepted, _node, expectedSigner, CancellationToken.None));
    }
}
