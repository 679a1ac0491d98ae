using System.Net.Sockets;
using Google.Protobuf;
using Kms.Core.Consensus;
using Kms.Harness.Wire;

namespace Kms.Harness.Tests;

/// <summary>What a node makes of replies no signer should send.</summary>
public sealed class SignerConnectionTests : IDisposable
{
    private static readonly ChainId Chain = new("chain");

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("harness");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Silence_is_timed_out_and_ends_the_connection()
    {
        await using var pair = await PairAsync(TimeSpan.FromMilliseconds(30));
        Assert.IsType<SignerReply.TimedOut>(await pair.Node.PingAsync(CancellationToken.None));
        Assert.False(pair.Node.IsOpen);
    }

    [Fact]
    public async Task The_answer_to_another_question_is_malformed()
    {
        var reply = await AskedForKey(Frame(new Message { PingResponse = new PingResponse() }));
        Assert.Equal("PingResponse in answer to PubKeyRequest", Assert.IsType<SignerReply.Malformed>(reply).Reason);
    }

    [Theory]
    [InlineData("00", "an empty message in answer to PubKeyRequest")]
    [InlineData("0212ff", "not a privval message")]
    [InlineData("8150", "10241 bytes announced")]
    [InlineData("ffffffffffffffffffff01", "not a varint")]
    public async Task Frames_a_node_cannot_read_are_malformed(string hex, string reason)
    {
        var reply = await AskedForKey(Convert.FromHexString(hex), close: true);
        Assert.Contains(reason, Assert.IsType<SignerReply.Malformed>(reply).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("05")]
    [InlineData("0512")]
    public async Task A_reply_that_ends_early_is_a_hang_up(string hex) =>
        Assert.IsType<SignerReply.Closed>(await AskedForKey(Convert.FromHexString(hex), close: true));

    [Fact]
    public async Task The_longest_reply_a_node_reads_is_read()
    {
        var error = new RemoteSignerError { Code = 1, Description = new string('x', PrivvalFrames.SmallReply - 100) };
        var message = new Message { PubKeyResponse = new PubKeyResponse { Error = error } };
        error.Description += new string('x', PrivvalFrames.SmallReply - message.CalculateSize());
        Assert.Equal(PrivvalFrames.SmallReply, message.CalculateSize());
        Assert.IsType<SignerReply.Error>(await AskedForKey(Frame(message)));
    }

    [Fact]
    public async Task Bytes_that_nobody_asked_for_are_malformed()
    {
        await using var pair = await PairAsync(TimeSpan.FromSeconds(30));
        var pong = Frame(new Message { PingResponse = new PingResponse() });
        await pair.Signer.SendAsync((byte[])[.. pong, .. pong]);
        Assert.IsType<SignerReply.Pong>(await pair.Node.PingAsync(CancellationToken.None));
        var second = Assert.IsType<SignerReply.Malformed>(await pair.Node.PingAsync(CancellationToken.None));
        Assert.Contains("without a request", second.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_signed_reply_without_a_signature_is_no_signature()
    {
        await using var pair = await PairAsync(TimeSpan.FromSeconds(30));
        await pair.Signer.SendAsync(Frame(new Message { SignedVoteResponse = new SignedVoteResponse { Vote = new Vote() } }));
        var vote = new VoteMessage(Chain, new Hrs(1, 0, Step.Prevote), null, new Timestamp(1, 0));
        var signed = Assert.IsType<SignerReply.Signed>(await pair.Node.SignAsync(vote, CancellationToken.None));
        var key = new Kms.Core.Signing.PublicKey(Kms.Core.Signing.KeyAlgorithm.Ed25519, new byte[32]);
        var finding = SignatureChecker.Check(key, vote, signed, extensionSignatures: 0);
        Assert.Equal(new SignatureFinding(null, "the reply has neither a signature nor an error"), finding);
    }

    private async Task<SignerReply> AskedForKey(byte[] reply, bool close = false)
    {
        await using var pair = await PairAsync(TimeSpan.FromSeconds(30));
        await pair.Signer.SendAsync(reply);
        if (close) pair.Signer.Shutdown(SocketShutdown.Send);
        return await pair.Node.GetPublicKeyAsync(Chain, CancellationToken.None);
    }

    private static byte[] Frame(Message message)
    {
        using var bytes = new MemoryStream();
        message.WriteDelimitedTo(bytes);
        return bytes.ToArray();
    }

    private async Task<Pair> PairAsync(TimeSpan timeout)
    {
        var endpoint = new HarnessEndpoint.Unix(Path.Combine(_directory.FullName, "node.sock"));
        using var listener = NodeListener.TryListen(endpoint, timeout, out _)!;
        var signer = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await signer.ConnectAsync(new UnixDomainSocketEndPoint(endpoint.Path));
        var (node, _) = await listener.AcceptAsync(TimeSpan.FromSeconds(30), CancellationToken.None);
        return new Pair(node!, signer);
    }

    private sealed record Pair(SignerConnection Node, Socket Signer) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            Signer.Dispose();
            await Node.DisposeAsync();
        }
    }
}
