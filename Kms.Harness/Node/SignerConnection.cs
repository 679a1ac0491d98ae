using System.Globalization;
using System.Net.Sockets;
using Google.Protobuf;
using Kms.Core.Consensus;
using Kms.Harness.Wire;

namespace Kms.Harness;

/// <summary>One connection of a remote signer, used as a node uses it: one request, one reply, each with a deadline. Whatever goes wrong
/// is a <see cref="SignerReply"/>; after an end, a timeout or an unusable reply the connection is closed. For one caller at a time.</summary>
public sealed class SignerConnection : IAsyncDisposable
{
    private readonly Stream _stream;
    private readonly PrivvalFrames _frames;
    private readonly TimeSpan _timeout;

    internal SignerConnection(Stream stream, string peer, TimeSpan timeout)
    {
        _stream = stream;
        _frames = new PrivvalFrames(stream);
        _timeout = timeout;
        Peer = peer;
    }

    /// <summary>Who dialled: address and, but on a Unix socket, the id of the signer's identity key.</summary>
    public string Peer { get; }

    /// <summary>Whether another request can be sent.</summary>
    public bool IsOpen { get; private set; } = true;

    /// <summary>How replies are read.</summary>
    public Dialect Dialect { get; set; } = Dialect.Default;

    private ReplyReader Reader => new(Dialect);

    /// <summary>Asks for the consensus public key.</summary>
    public Task<SignerReply> GetPublicKeyAsync(ChainId chain, CancellationToken ct) =>
        RequestAsync(new Message { PubKeyRequest = new PubKeyRequest { ChainId = Google.Protobuf.ByteString.CopyFrom(chain.Utf8) } }, ct);

    /// <summary>Pings; a node does so about every 3.3 s.</summary>
    public Task<SignerReply> PingAsync(CancellationToken ct) => RequestAsync(new Message { PingRequest = new PingRequest() }, ct);

    /// <summary>Asks for a signature.</summary>
    public Task<SignerReply> SignAsync(ConsensusMessage message, CancellationToken ct) => RequestAsync(message.ToRequest(), ct);

    /// <summary>Sends a request and waits for its reply.</summary>
    internal async Task<SignerReply> RequestAsync(Message request, CancellationToken ct)
    {
        if (_frames.Unsolicited > 0) return await End(new SignerReply.Malformed($"{_frames.Unsolicited} bytes came without a request"));
        return await Exchange(_timeout, async deadline =>
        {
            await _frames.WriteAsync(request, deadline);
            var (reply, failure) = await _frames.ReadAsync(Dialect.MaxReply, deadline);
            return reply is null ? failure! : Reader.Interpret(request.SumCase, reply);
        }, ct);
    }

    /// <summary>Sends bytes as they are and listens for <paramref name="patience"/> for any reply.</summary>
    internal Task<SignerReply> SendRawAsync(ReadOnlyMemory<byte> bytes, TimeSpan patience, CancellationToken ct) =>
        Exchange(patience, async deadline =>
        {
            await _frames.WriteRawAsync(bytes, deadline);
            var (reply, failure) = await _frames.ReadAsync(Dialect.MaxReply, deadline);
            return reply is null ? failure! : Reader.Interpret(Message.SumOneofCase.None, reply);
        }, ct);

    /// <summary>Sends a request and does not wait for the reply.</summary>
    internal Task<SignerReply> SendOnlyAsync(Message request, CancellationToken ct) => Exchange(_timeout, async deadline =>
    {
        await _frames.WriteAsync(request, deadline);
        return new SignerReply.Closed("the harness hung up");
    }, ct);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        IsOpen = false;
        await _stream.DisposeAsync();
    }

    private async Task<SignerReply> Exchange(TimeSpan patience, Func<CancellationToken, Task<SignerReply>> exchange, CancellationToken ct)
    {
        if (!IsOpen) return new SignerReply.Closed("the connection was closed before the request");
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(patience);
        try
        {
            var reply = await exchange(deadline.Token);
            return reply is SignerReply.Closed or SignerReply.Malformed ? await End(reply) : reply;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return await End(new SignerReply.TimedOut(patience));
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            return await End(new SignerReply.Closed(e.Message));
        }
    }

    private async Task<SignerReply> End(SignerReply reply)
    {
        await DisposeAsync();
        return reply;
    }
}
