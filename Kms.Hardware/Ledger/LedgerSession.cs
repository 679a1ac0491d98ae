using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Hardware.Ledger.Commands;
using NSec.Cryptography;
using PublicKey = Kms.Core.Signing.PublicKey;

namespace Kms.Hardware.Ledger;

/// <summary>The validator app from the moment it was found open until it, the device or the way to it is lost. One call at a time.</summary>
/// <remarks>The device asks for confirmation once, with the first message after the app was opened, and swallows whatever is sent meanwhile. So a request is
/// not cut off at its deadline: at most one is open, its late answer is waited for and remembered with its exact bytes, and until then every other request is
/// answered at once. Each signature is verified with the bytes that were sent: none can be taken for that of another message.</remarks>
public sealed class LedgerSession : IAsyncDisposable
{
    private const string GivenUp = "nobody waits for it any more. If its screen still asks, accept or reject there: until then the device answers nothing";

    private readonly ILedgerTransport _transport;
    private readonly LedgerOptions _options;
    private readonly CancellationTokenSource _end = new();
    private OpenRequest? _open;
    private volatile bool _isConfirmed;
    private string? _lost;

    private LedgerSession(ILedgerTransport transport, LedgerOptions options, GetVersionResponse app, PublicKey publicKey)
    {
        (_transport, _options) = (transport, options);
        (App, PublicKey) = (app, publicKey);
    }

    /// <summary>The app.</summary>
    public GetVersionResponse App { get; }

    /// <summary>The device's one key.</summary>
    public PublicKey PublicKey { get; }

    /// <summary>Asks for the app's version and its key.</summary>
    /// <param name="transport">The way to the device; stays the caller's, and must be used by nobody else while the session lasts.</param>
    /// <param name="options">Whatever else it needs.</param>
    /// <param name="deadline">Cancelled when the session is not wanted any more. Must come: a device that shows a prompt answers nothing else.</param>
    public static async ValueTask<LedgerResult<LedgerSession>> OpenAsync(ILedgerTransport transport, LedgerOptions options, CancellationToken deadline)
    {
        var version = await AskVersionAsync(transport, deadline);
        if (version.Response is not { } app) return await ExplainAsync(transport, version.Failure!, deadline);
        if (app.Problem is { } problem) return new LedgerFailure(LedgerCause.Unsupported, problem);
        var key = await LedgerExchange.SendAsync(transport, new GetPublicKeyCommand(), deadline);
        if (key.Response is not { } response) return key.Failure!;
        if (app.IsTestBuild)
            options.Notify(new(LedgerNoticeKind.TestBuild, null, "the Tendermint app is a test build: its double-sign rule can be reset with the buttons"));
        return new LedgerSession(transport, options, app, response.PublicKey);
    }

    /// <summary>Signs; answered after <see cref="LedgerOptions.PromptAfter"/> at the latest while the device asks for confirmation, and at once when that was
    /// said before.</summary>
    /// <param name="message">The exact bytes.</param>
    /// <param name="deadline">Cancelled when the signature is not wanted any more.</param>
    public async ValueTask<LedgerOutcome> SignAsync(SignBytes message, CancellationToken deadline)
    {
        if (AppRules.Read(message, out var position) is { } refusal) return new LedgerOutcome.Refused(refusal);
        await SettleAsync();
        if (_options.Memory.Find(PublicKey, message) is { } given) return new LedgerOutcome.Signed(given);
        if (Busy(message) is { } busy) return busy;
        if (_open is null && deadline.IsCancellationRequested) return new LedgerOutcome.Refused("the deadline passed before the device was asked");
        _open ??= Start(message, position, isKept: true);
        var limit = _open.IsAnnounced ? TimeSpan.Zero : _open.MayPrompt ? _options.PromptAfter : Timeout.InfiniteTimeSpan;
        return await WaitAsync(_open, limit, deadline);
    }

    /// <summary>Sets the app's height and round with <see cref="InitMessage"/>. An app that was not confirmed yet shows them and is waited for; one that was
    /// takes any higher position without a question.</summary>
    /// <param name="chain">The chain.</param>
    /// <param name="height">The height.</param>
    /// <param name="round">The round.</param>
    /// <param name="deadline">Cancelled when it is not wanted any more; what the device does later is not known then.</param>
    /// <returns>Null, or why it is not set.</returns>
    public async ValueTask<string?> InitAsync(ChainId chain, Height height, Round round, CancellationToken deadline)
    {
        var message = InitMessage.Of(chain, height, round);
        if (AppRules.Read(message, out var position) is { } refusal) return refusal;
        await SettleAsync();
        if (Busy(message) is { } busy) return Reason(busy);
        _open ??= Start(message, position, isKept: false);
        return Reason(await WaitAsync(_open, Timeout.InfiniteTimeSpan, deadline));
    }

    /// <summary>Shows that the app is still open; not asked while a prompt is shown. Null, or why the session must be opened anew.</summary>
    /// <param name="deadline">Cancelled when the answer is not wanted any more.</param>
    public async ValueTask<string?> KeepAliveAsync(CancellationToken deadline)
    {
        await SettleAsync();
        if (_lost is not null || _open is not null) return _lost;
        var reply = await LedgerExchange.SendAsync(_transport, new GetVersionCommand(), deadline);
        return _lost = reply.Failure?.Reason;
    }

    /// <summary>Ends the session. A request that is open is given up, and with it the connection.</summary>
    public async ValueTask DisposeAsync()
    {
        _lost ??= "the session is closed";
        await _end.CancelAsync();
        if (_open is { } open) await open.Answer;
    }

    private static string? Reason(LedgerOutcome outcome) => outcome switch
    {
        LedgerOutcome.Waiting waiting => waiting.Reason,
        LedgerOutcome.Refused refused => refused.Reason,
        LedgerOutcome.Lost lost => lost.Reason,
        _ => null,
    };

    // A button may end the question of an earlier session now: its answer comes first, and what was sent before it was swallowed.
    private static async ValueTask<LedgerResult<GetVersionResponse>> AskVersionAsync(ILedgerTransport transport, CancellationToken deadline)
    {
        var command = new GetVersionCommand();
        var reply = await transport.ExchangeAsync(command.Apdu, deadline);
        if (reply.Response is { Status: StatusWord.Rejected } or { Status: StatusWord.Ok, Data.Length: Signature.Size })
            reply = await transport.ExchangeAsync(command.Apdu, deadline);
        return LedgerExchange.Read<GetVersionResponse>(command.Name, reply);
    }

    // Which app is open helps the operator to see what is wrong.
    private static async ValueTask<LedgerFailure> ExplainAsync(ILedgerTransport transport, LedgerFailure failure, CancellationToken deadline)
    {
        // While a prompt of an earlier session is shown, everything else is swallowed.
        if (failure.Cause is LedgerCause.Transport && deadline.IsCancellationRequested)
            return failure with { Reason = $"{failure.Reason}: if the device's screen shows \"Init validation\", accept or reject it; else plug it in again" };
        if (failure.Status is not (StatusWord.UnknownClass or StatusWord.UnknownInstruction)) return failure;
        var name = (await LedgerExchange.SendAsync(transport, new GetAppNameCommand(), deadline)).Response?.Name;
        if (string.IsNullOrEmpty(name)) return failure;
        var open = name == GetAppNameResponse.Dashboard ? "no app is open on the device" : $"the app \"{name}\" is open on the device";
        return failure with { Reason = $"{open}: open the Tendermint app on the device" };
    }

    // A late answer: a signature is in the memory already.
    private async ValueTask SettleAsync()
    {
        if (_open is { Answer.IsCompleted: true } late) await TakeAsync(late);
    }

    /// <summary>Null when the message can be sent, or is the one that is open.</summary>
    private LedgerOutcome? Busy(SignBytes message) =>
        _lost is not null ? new LedgerOutcome.Lost(_lost)
        : _open is { } other && other.Message != message ? Waiting(other)
        : null;

    private async ValueTask<LedgerOutcome> WaitAsync(OpenRequest request, TimeSpan limit, CancellationToken deadline)
    {
        try
        {
            await request.Answer.WaitAsync(limit, deadline);
            return await TakeAsync(request);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            if (request.Answer.IsCompleted) return await TakeAsync(request);
            if (request.MayPrompt) return Announce(request);
            // No prompt can have come up: the answer is lost, and the next one must not be taken for it.
            _lost = "the app did not answer before the deadline: see whether the device is plugged in and unlocked";
            await _end.CancelAsync();
            return new LedgerOutcome.Lost(_lost);
        }
    }

    private async ValueTask<LedgerOutcome> TakeAsync(OpenRequest request)
    {
        _open = null;
        var outcome = await request.Answer;
        _lost ??= (outcome as LedgerOutcome.Lost)?.Reason;
        return outcome;
    }

    private LedgerOutcome.Waiting Announce(OpenRequest request)
    {
        if (!request.IsAnnounced) _ = NotifyAsync(request);
        request.IsAnnounced = true;
        return Waiting(request);
    }

    private async Task NotifyAsync(OpenRequest request)
    {
        var place = $"height {request.Position.Height} round {request.Position.Round}";
        _options.Notify(new(LedgerNoticeKind.Asked, request.Position, Waiting(request).Reason));
        var outcome = await request.Answer;
        _options.Notify(Reason(outcome) is { } reason
            ? new(LedgerNoticeKind.NotConfirmed, request.Position, $"{place} was not confirmed on the Ledger: {reason}")
            : new(LedgerNoticeKind.Confirmed, request.Position, $"{place} was confirmed on the Ledger: what comes after it is signed without a question"));
    }

    private static LedgerOutcome.Waiting Waiting(OpenRequest request) => new(
        request.Position,
        $"waiting for confirmation on the Ledger at height {request.Position.Height} round {request.Position.Round}: its screen shows \"Init validation\" with "
            + "them. Accept there (on a Nano S with the right button), or reject if another signer may have signed at or above them. If the screen shows nothing "
            + "like it, unplug the device");

    private OpenRequest Start(SignBytes message, Hrs position, bool isKept)
    {
        var mayPrompt = !_isConfirmed;
        return new OpenRequest(message, position, mayPrompt, RunAsync(message, isKept));
    }

    /// <summary>Until the answer comes or the session ends.</summary>
    private async Task<LedgerOutcome> RunAsync(SignBytes message, bool isKept)
    {
        var reply = await LedgerExchange.SignAsync(_transport, message, _end.Token);
        if (reply.Failure is { } failure)
        {
            // It has a state of its own, or it could not refuse.
            _isConfirmed |= failure.Status is StatusWord.RuleViolation;
            if (failure.Cause is LedgerCause.Refused) return new LedgerOutcome.Refused(failure.Reason);
            return new LedgerOutcome.Lost(_end.IsCancellationRequested ? GivenUp : failure.Reason);
        }

        var signature = reply.Response!.Signature;
        if (!IsValid(message, signature)) return new LedgerOutcome.Lost("the device answered with a signature of something else");
        _isConfirmed = true;
        if (isKept) _options.Memory.Add(PublicKey, message, signature);
        return new LedgerOutcome.Signed(signature);
    }

    private bool IsValid(SignBytes message, Signature signature) =>
        NSec.Cryptography.PublicKey.TryImport(SignatureAlgorithm.Ed25519, PublicKey.Span, KeyBlobFormat.RawPublicKey, out var key)
        && SignatureAlgorithm.Ed25519.Verify(key!, message.Span, signature.Span);

    private sealed record OpenRequest(SignBytes Message, Hrs Position, bool MayPrompt, Task<LedgerOutcome> Answer)
    {
        public bool IsAnnounced { get; set; }
    }
}
