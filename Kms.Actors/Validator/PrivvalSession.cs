using System.Diagnostics;
using Akka.Actor;
using Kms.Actors.Chain;
using Kms.Core;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Core.Signing;
using Kms.Protocol.Framing;
using Kms.Protocol.Privval;

namespace Kms.Actors.Validator;

/// <summary>How a session ended.</summary>
/// <param name="Reason">Why, for the log.</param>
/// <param name="Served">Whether the node asked anything.</param>
/// <param name="ByPeer">Whether the node hung up.</param>
public sealed record SessionEnd(string Reason, bool Served, bool ByPeer)
{
    /// <summary>Whether the node behaved as one does that serves another signer: it accepts this one and hangs up.</summary>
    public bool IsRefusal => ByPeer && !Served;

    /// <summary>No session, or one that broke before its end.</summary>
    public static SessionEnd Failed(string reason) => new(reason, Served: false, ByPeer: false);
}

/// <summary>Serves one connection: one request, one reply, until it ends. Every request gets an answer; only broken framing, silence
/// or a dead peer end the connection.</summary>
public sealed class PrivvalSession(ValidatorOptions options, PublicKey publicKey, IActorRef chain, SessionLog log)
{
    /// <summary>Reads, decides, replies.</summary>
    /// <param name="stream">The connection; closed on return.</param>
    /// <param name="stop">Ends the session between two requests; the one in flight is answered first.</param>
    /// <returns>How the session ended.</returns>
    public async Task<SessionEnd> RunAsync(Stream stream, CancellationToken stop)
    {
        await using var frames = new FramedConnection(stream, Limits.MaxRequestBytes);
        for (var served = false; ; served = true)
        {
            var read = await ReadAsync(frames, stop).ConfigureAwait(false);
            if (read is FrameRead.Ended ended) return new SessionEnd(ended.Reason, served, ended.ByPeer);
            var frame = (FrameRead.Frame)read;
            PrivvalDecoder.TryDecode(frame.Body.Span, out var request, out _);
            var reply = await AnswerAsync(request).ConfigureAwait(false);
            if (await frames.WriteAsync(reply, options.Timeout, CancellationToken.None).ConfigureAwait(false) is { } broken) return new SessionEnd(broken, true, false);
        }
    }

    private async Task<FrameRead> ReadAsync(FramedConnection frames, CancellationToken stop)
    {
        try
        {
            return await frames.ReadAsync(Limits.IdleTimeout, options.Timeout, stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return new FrameRead.Ended("stopping");
        }
    }

    private async Task<byte[]> AnswerAsync(PrivvalRequest request) => request switch
    {
        PrivvalRequest.Ping => PrivvalEncoder.Ping(),
        PrivvalRequest.PubKey pubKey => AnswerPubKey(pubKey),
        PrivvalRequest.SignVote vote => PrivvalEncoder.Vote(vote.Vote, await SignAsync(vote.Asked).ConfigureAwait(false)),
        PrivvalRequest.SignProposal proposal => PrivvalEncoder.Proposal(proposal.Proposal, await SignAsync(proposal.Asked).ConfigureAwait(false)),
        PrivvalRequest.SignRawBytes raw => PrivvalEncoder.RawBytes(await SignRawAsync(raw.Request).ConfigureAwait(false)),
        PrivvalRequest.Unknown unknown => AnswerNoRequest(unknown.Field, "it is no request this signer knows"),
        PrivvalRequest.Malformed malformed => AnswerNoRequest(malformed.Field, malformed.Error),
        _ => throw new UnreachableException(),
    };

    private byte[] AnswerPubKey(PrivvalRequest.PubKey request)
    {
        if (request.Chain == options.Chain) return PrivvalEncoder.PubKey(publicKey);
        var refusal = new Refusal(RefusalReason.WrongChain, options.Chain, null, null, $"the request names chain {request.Chain}");
        log.Refused("public key", refusal);
        return PrivvalEncoder.PubKeyError(RemoteSignerError.From(refusal));
    }

    private byte[] AnswerNoRequest(int field, string problem)
    {
        var refusal = new Refusal(RefusalReason.InvalidRequest, options.Chain, null, null, problem);
        log.Refused($"message {field}", refusal);
        return PrivvalEncoder.Refusal(field, refusal);
    }

    private async Task<SignReply> SignAsync(Asked asked)
    {
        var started = Stopwatch.GetTimestamp();
        var reply = Precheck(asked) is { } refusal
            ? new SignReply.Refused(refusal)
            : await AskChainAsync(deadline => new ChainMessages.Sign(asked.Request!, deadline), asked.Request!.Hrs).ConfigureAwait(false);
        log.Answered(asked.Request, reply, Stopwatch.GetElapsedTime(started));
        return reply;
    }

    private async Task<SignReply> SignRawAsync(RawBytesRequest request)
    {
        var started = Stopwatch.GetTimestamp();
        var reply = await AskChainAsync(deadline => new ChainMessages.SignRaw(options.Chain, request, deadline), null).ConfigureAwait(false);
        log.AnsweredRaw(request, reply, Stopwatch.GetElapsedTime(started));
        return reply;
    }

    private Refusal? Precheck(Asked asked)
    {
        if (asked.Request is not { } request) return new Refusal(RefusalReason.InvalidRequest, options.Chain, null, null, asked.Error!);
        if (options.MaxHeight is { } max && request.Hrs.Height.Value > max.Value)
            return new Refusal(RefusalReason.AboveMaxHeight, options.Chain, request.Hrs, null, $"planned halt at {max}");
        return null;
    }

    private async Task<SignReply> AskChainAsync(Func<CancellationToken, object> message, Hrs? asked)
    {
        using var deadline = new CancellationTokenSource(Limits.SignDeadline);
        try
        {
            return await chain.Ask<SignReply>(message(deadline.Token), deadline.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or AskTimeoutException)
        {
            return new SignReply.Refused(new Refusal(
                RefusalReason.DeadlineExceeded, options.Chain, asked, null, $"no signature within {Limits.SignDeadline.TotalSeconds:0.#} s"));
        }
    }
}
