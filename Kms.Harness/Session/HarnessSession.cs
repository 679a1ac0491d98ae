using Kms.Harness.Wire;
using PublicKey = Kms.Core.Signing.PublicKey;

namespace Kms.Harness;

/// <summary>What checks share: the listener, the current connection, the messages to send and the memory of what was signed.</summary>
internal sealed class HarnessSession(
    HarnessOptions options, NodeListener listener, SignatureLedger ledger, IProgress<HarnessProgress>? progress, CancellationToken ct)
    : IAsyncDisposable
{
    public HarnessOptions Options => options;

    public NodeListener Listener => listener;

    public SignatureLedger Ledger => ledger;

    public CancellationToken Cancelled => ct;

    public ConsensusMessages Messages { get; } = new(options, DateTimeOffset.UtcNow);

    /// <summary>The signer's key, from the public key check on.</summary>
    public PublicKey? Key { get; set; }

    public LatencyReport? Latency { get; set; }

    public LatencyReport? Refusals { get; set; }

    public SignerConnection? Connection { get; private set; }

    public void Report(HarnessProgress step) => progress?.Report(step);

    /// <summary>Asks on the current connection.</summary>
    public Task<Answer> AskAsync(ConsensusMessage message) => AskAsync(message.ToRequest(), message);

    /// <summary>Asks with a request as given; <paramref name="meaning"/> is what a signature would cover, null when that is not defined.</summary>
    public async Task<Answer> AskAsync(Message request, ConsensusMessage? meaning) => Examine(meaning, await RequestAsync(request));

    /// <summary>Asks for raw bytes.</summary>
    public async Task<Answer> AskAsync(RawBytesMessage message)
    {
        var reply = await RequestAsync(message.ToRequest());
        var valid = reply is SignerReply.Signed signed && Key is not null && ValidatorKey.Verify(Key, message.SignBytes(), signed.Signature.Span);
        return new Answer(reply, valid ? null : "the signature is not valid for the raw bytes");
    }

    /// <summary>Asks on a connection of the caller's choice.</summary>
    public async Task<Answer> AskAsync(SignerConnection connection, ConsensusMessage message) =>
        Examine(message, await connection.SignAsync(message, ct));

    /// <summary>Null when there is an open connection, else why there is none.</summary>
    public async Task<string?> EnsureConnectedAsync() =>
        Connection is { IsOpen: true } ? null : await ReconnectAsync(options.AcceptTimeout);

    /// <summary>Hangs up and waits for the signer to dial again; null, or why there is no connection.</summary>
    public async Task<string?> ReconnectAsync(TimeSpan patience)
    {
        await HangUpAsync();
        var (connection, problem) = await AcceptAsync(patience);
        Connection = connection;
        if (connection is not null) Report(new HarnessProgress.Connected(connection.Peer));
        return problem;
    }

    /// <summary>One more connection, to be disposed by the caller.</summary>
    public async Task<Accepted> AcceptAsync(TimeSpan patience)
    {
        var accepted = await listener.AcceptAsync(patience, ct);
        if (accepted.Connection is { } connection) connection.Dialect = options.Dialect;
        return accepted;
    }

    public async Task HangUpAsync()
    {
        if (Connection is not null) await Connection.DisposeAsync();
        Connection = null;
    }

    public ValueTask DisposeAsync() => Connection?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task<SignerReply> RequestAsync(Message request) =>
        Connection is null ? new SignerReply.Closed("no connection") : await Connection.RequestAsync(request, ct);

    /// <summary>Enters a reply into the ledger and checks its signatures.</summary>
    public Answer Examine(ConsensusMessage? meaning, SignerReply reply)
    {
        if (Key is null || meaning is null) return new Answer(reply, null);
        var known = ledger.Observe(Key, meaning, reply);
        if (reply is not SignerReply.Signed signed) return new Answer(reply, null);
        return new Answer(reply, known.Reused is { } earlier
            ? $"the signature was given before for {earlier} at {earlier.Timestamp} and is not valid for this request"
            : SignatureChecker.Check(Key, meaning, signed, options.ExtensionSignatures).Problem);
    }
}
