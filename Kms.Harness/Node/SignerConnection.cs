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
            var (reply, failure) = await _frames.ReadAsync(deadline);
            return reply is null ? failure! : Interpret(request.SumCase, reply);
        }, ct);
    }

    /// <summary>Sends bytes as they are and listens for <paramref name="patience"/> for any reply.</summary>
    internal Task<SignerReply> SendRawAsync(ReadOnlyMemory<byte> bytes, TimeSpan patience, CancellationToken ct) =>
        Exchange(patience, async deadline =>
        {
            await _frames.WriteRawAsync(bytes, deadline);
            var (reply, failure) = await _frames.ReadAsync(deadline);
            return reply is null ? failure! : Interpret(Message.SumOneofCase.None, reply);
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

    // A node fails on the answer to another question; without a question (None) every answer is taken as it is.
    private static SignerReply Interpret(Message.SumOneofCase asked, Message reply) => (asked, reply.SumCase) switch
    {
        (Message.SumOneofCase.PubKeyRequest or Message.SumOneofCase.None, Message.SumOneofCase.PubKeyResponse) =>
            reply.PubKeyResponse.Error is { } error ? Error(error, null) : PublicKey(reply.PubKeyResponse.PubKey),
        (Message.SumOneofCase.SignVoteRequest or Message.SumOneofCase.None, Message.SumOneofCase.SignedVoteResponse) =>
            reply.SignedVoteResponse.Error is { } error ? Error(error, Signed(reply.SignedVoteResponse.Vote)) : Signed(reply.SignedVoteResponse.Vote),
        (Message.SumOneofCase.SignProposalRequest or Message.SumOneofCase.None, Message.SumOneofCase.SignedProposalResponse) =>
            reply.SignedProposalResponse.Error is { } error
                ? Error(error, Signed(reply.SignedProposalResponse.Proposal)) : Signed(reply.SignedProposalResponse.Proposal),
        (Message.SumOneofCase.PingRequest or Message.SumOneofCase.None, Message.SumOneofCase.PingResponse) => new SignerReply.Pong(),
        var (question, answer) => new SignerReply.Malformed($"{Name(answer)} in answer to {Name(question)}"),
    };

    private static string Name(Message.SumOneofCase sum) => sum == Message.SumOneofCase.None ? "an empty message" : sum.ToString();

    private static SignerReply.Error Error(RemoteSignerError error, SignerReply.Signed? signed) =>
        new(error.Code, error.Description, signed is { Signature.Length: > 0 } or { ExtensionSignature.Length: > 0 } ? signed : null);

    private static SignerReply.PublicKey PublicKey(PublicKey? key) => key?.SumCase switch
    {
        Wire.PublicKey.SumOneofCase.Ed25519 => new SignerReply.PublicKey("ed25519", key.Ed25519.Memory),
        Wire.PublicKey.SumOneofCase.Secp256K1 => new SignerReply.PublicKey("secp256k1", key.Secp256K1.Memory),
        _ => new SignerReply.PublicKey("none", ReadOnlyMemory<byte>.Empty),
    };

    // Absent fields are protobuf defaults, and an absent timestamp is Go's zero time.
    private static SignerReply.Signed Signed(Vote? vote) =>
        new(vote?.Signature.Memory ?? default, Time(vote?.Timestamp), vote?.ExtensionSignature.Memory ?? default);

    private static SignerReply.Signed Signed(Proposal? proposal) =>
        new(proposal?.Signature.Memory ?? default, Time(proposal?.Timestamp), ReadOnlyMemory<byte>.Empty);

    private static Timestamp Time(Google.Protobuf.WellKnownTypes.Timestamp? time) =>
        time is null ? Timestamp.GoZero : new Timestamp(time.Seconds, time.Nanos);
}
