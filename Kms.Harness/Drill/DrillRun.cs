using System.Diagnostics;
using Kms.Core.Consensus;
using Kms.Core.Signing;

namespace Kms.Harness;

/// <summary>One drill under way. For every kill: sign a while; send a request and kill while it is in flight; start again; attack; go on at the
/// next height.</summary>
internal sealed class DrillRun(
    DrillOptions options, NodeListener listener, SignatureLedger ledger, ISignerProcess process,
    IProgress<DrillProgress>? progress, CancellationToken ct) : IAsyncDisposable
{
    private const int Remembered = 4;
    private const int ReportEvery = 25;

    // Not the seed itself: the messages are drawn from that.
    private readonly Random _random = new(~options.Seed);
    private readonly ConsensusMessages _messages = new(options.Scenery(listener.Endpoint), DateTimeOffset.UtcNow);

    // Apart, since how many are needed depends on what was signed in time: the rest of a drill is to be repeatable.
    // Another seed gives other blocks.
    private readonly ConsensusMessages _rivals = new(options.Scenery(listener.Endpoint) with { Seed = ~options.Seed }, DateTimeOffset.UtcNow);
    private readonly DrillWatch _watch = new(ledger);
    private readonly Queue<ConsensusMessage> _recent = new();
    private readonly List<TimeSpan> _resumes = [];
    private readonly List<string> _problems = [];
    private SignerConnection? _connection;
    private PublicKey? _key;
    private long _started;
    private bool _resuming;
    private int _kills, _interrupted, _missed;

    public DrillReport Report() => new(
        options.Kills, _kills, _interrupted, _watch.Signatures, _watch.Refusals, _missed, ledger.Conflicts, _watch.LostWatermarks, _problems,
        _resumes, options.Seed, _messages.NextHeight);

    public async Task RunAsync()
    {
        using var messages = _messages.Consensus().GetEnumerator();
        if (!await StartAsync()) return;
        Next(messages);
        if (!await ResumeAsync(messages)) return;
        while (_kills < options.Kills)
        {
            for (var left = _random.Next(options.MessagesPerKill); left > 0; left--)
                if (!await SignAsync(Next(messages))) return;

            var inFlight = Next(messages);
            await KillDuringAsync(inFlight);
            if (!await StartAsync() || !await AttackAsync(inFlight)) return;
            while (Next(messages).Hrs.Height.Value <= inFlight.Hrs.Height.Value) { }
            if (!await ResumeAsync(messages)) return;
            Tell();
        }
    }

    public ValueTask DisposeAsync() => _connection?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static ConsensusMessage Next(IEnumerator<ConsensusMessage> messages) =>
        messages.MoveNext() ? messages.Current : throw new UnreachableException();

    private async Task<bool> StartAsync()
    {
        _started = Stopwatch.GetTimestamp();
        _resuming = _kills > 0; // The first start is not one after a crash.
        await process.StartAsync(ct);
        return await ConnectAsync();
    }

    /// <summary>A connection, and the same key as ever.</summary>
    private async Task<bool> ConnectAsync()
    {
        await DisposeAsync();
        (_connection, var problem) = await listener.AcceptAsync(options.AcceptTimeout, ct);
        if (_connection is null) return Wrong($"after {_kills} kills: {problem}");
        var reply = await _connection.GetPublicKeyAsync(new ChainId(options.ChainId), ct);
        if (reply is not SignerReply.PublicKey answer) return Wrong($"after {_kills} kills: asked for the public key, the signer {reply}");
        if (ValidatorKey.Of(answer, out problem) is not { } key) return Wrong($"after {_kills} kills: {problem}");
        if (_key is not null && _key != key) return Wrong($"after {_kills} kills: the public key changed from {_key} to {key}");
        _key = key;
        _messages.Address = _rivals.Address = ValidatorKey.Address(key);
        return true;
    }

    /// <summary>Asks for something that must be signed.</summary>
    private async Task<bool> SignAsync(ConsensusMessage message)
    {
        if (await AskAsync(message) is not { } reply) return false;
        if (Signed(message, reply)) return true;
        return reply is not SignerReply.Signed && Wrong(Unsigned(message, reply));
    }

    private static string Unsigned(ConsensusMessage message, SignerReply reply) =>
        $"{message}: {reply}, but this must be signed: the validator misses it";

    /// <summary>Goes on until something is signed. A signer that still reads its state may refuse; a node would miss those votes.</summary>
    private async Task<bool> ResumeAsync(IEnumerator<ConsensusMessage> messages)
    {
        while (await AskAsync(messages.Current) is { } reply)
        {
            if (Signed(messages.Current, reply)) return true;
            if (reply is not SignerReply.Error || Stopwatch.GetElapsedTime(_started) > options.AcceptTimeout)
                return reply is not SignerReply.Signed && Wrong(Unsigned(messages.Current, reply));
            _missed++;
            Next(messages);
        }

        return false;
    }

    private async Task KillDuringAsync(ConsensusMessage message)
    {
        // At once, at any moment of a request's life, or when it is over.
        var when = _random.Next(4);
        var moment = when == 0 ? TimeSpan.Zero : options.LatestKill * _random.NextDouble();
        var asking = _connection!.SignAsync(message, ct);
        if (when == 3) await asking;
        else await PassAsync(moment);
        process.Kill();
        _kills++;

        // A reply that left the signer before it died counts: somebody may have read it.
        var reply = await asking;
        if (!Signed(message, reply)) _interrupted++;
        if (reply is SignerReply.Error) Wrong(Unsigned(message, reply));
        Tell();
    }

    // Timers are too coarse for moments within a request.
    private static async Task PassAsync(TimeSpan moment)
    {
        var start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < moment) await Task.Yield();
    }

    private async Task<bool> AttackAsync(ConsensusMessage inFlight)
    {
        var turn = new Random(_random.Next());
        var rival = _rivals.Rival(inFlight);
        var attacks = new List<ConsensusMessage> { inFlight, rival };
        attacks.AddRange(_recent.Where(signed => signed.Hrs != inFlight.Hrs).Select(_rivals.Rival));
        if (_watch.Highest is { Height.Value: > 1 } highest) attacks.Add(_rivals.PrevoteAt(highest.Height.Value - 1, turn.Next(1, 100)));
        var order = attacks.ToArray();
        turn.Shuffle(order);

        var wasSigned = false;
        foreach (var message in order)
        {
            if (await AskAsync(message) is not { } reply) return false;
            if (Signed(message, reply) && message.Hrs == inFlight.Hrs) wasSigned = true;
            if (reply is SignerReply.TimedOut or SignerReply.Malformed) return Wrong($"{message}, after a restart: {reply}");
        }

        if (!wasSigned) _missed++;
        return true;
    }

    /// <summary>Asks, on a new connection when the signer hung up; null when there is none.</summary>
    private async Task<SignerReply?> AskAsync(ConsensusMessage message) =>
        _connection is { IsOpen: true } || await ConnectAsync() ? await _connection!.SignAsync(message, ct) : null;

    private bool Signed(ConsensusMessage message, SignerReply reply)
    {
        if (_watch.Observe(_key!, message, reply) is { } problem) return Wrong(problem);
        if (reply is not SignerReply.Signed) return false;
        if (_resuming) _resumes.Add(Stopwatch.GetElapsedTime(_started));
        _resuming = false;
        _recent.Enqueue(message);
        if (_recent.Count > Remembered) _recent.Dequeue();
        if (_watch.Signatures % ReportEvery == 0) Tell();
        return true;
    }

    private bool Wrong(string problem)
    {
        _problems.Add(problem);
        return false;
    }

    private void Tell() => progress?.Report(new DrillProgress(
        _kills, options.Kills, _watch.Signatures, _watch.Refusals, ledger.Conflicts.Count, _watch.LostWatermarks.Count,
        _kills > 0 && _resumes.Count == _kills ? _resumes[^1] : null));
}
