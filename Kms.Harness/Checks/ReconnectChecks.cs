using System.Diagnostics;
using System.Globalization;

namespace Kms.Harness.Checks;

/// <summary>Lost connections: a node cannot dial its signer, so the signer must come back, soon and with its memory.</summary>
internal static class ReconnectChecks
{
    private const int Times = 3;

    public static IEnumerable<Check> All =>
    [
        new("reconnect.redial", $"The node hangs up, {Times} times",
            "a new connection within 3 s each time, the same key, and the next vote signed", RedialAsync),
        new("reconnect.memory", "The same and another vote on a new connection", "the same one signed again, the other one refused", MemoryAsync),
        new("reconnect.lost-reply", "The node hangs up before the reply", "the same request signed on the next connection", LostReplyAsync),
        new("reconnect.half-request", "The node hangs up within a request", "a new connection, and the vote signed", HalfRequestAsync),
        new("reconnect.node-restart", "The node is away for a while",
            "a new connection within 3 s of its return: a node exits without one", RestartAsync),
    ];

    private static async Task<Finding> RedialAsync(HarnessSession session)
    {
        var slowest = TimeSpan.Zero;
        for (var i = 0; i < Times; i++)
        {
            var start = Stopwatch.GetTimestamp();
            if (await session.ReconnectAsync(session.Options.RedialTimeout) is { } problem) return Finding.Fail(problem);
            slowest = TimeSpan.FromTicks(Math.Max(slowest.Ticks, Stopwatch.GetElapsedTime(start).Ticks));
            if (await WrongAfterwards(session) is { } wrong) return Finding.Fail(wrong);
        }

        return Finding.Pass(string.Create(CultureInfo.InvariantCulture, $"back within {slowest.TotalSeconds:0.00} s and signing"));
    }

    private static async Task<Finding> MemoryAsync(HarnessSession session)
    {
        var scene = session.Messages.NextScene();
        var first = await session.AskAsync(scene.Prevote(scene.A));
        if (first.UnlessSigned() is { } unsigned) return Finding.Fail($"before the reconnect: {unsigned}");
        if (await session.ReconnectAsync(session.Options.RedialTimeout) is { } problem) return Finding.Fail(problem);
        return await Turn.PlayAsync(session, [Turn.MustRefuse(scene.Prevote(scene.B)), Turn.MustSign(scene.Prevote(scene.A))]);
    }

    private static async Task<Finding> LostReplyAsync(HarnessSession session)
    {
        var scene = session.Messages.NextScene();
        await session.Connection!.SendOnlyAsync(scene.Precommit(scene.A).ToRequest(), session.Cancelled);
        if (await session.ReconnectAsync(session.Options.RedialTimeout) is { } problem) return Finding.Fail(problem);
        return await Turn.PlayAsync(session, [Turn.MustSign(scene.Precommit(scene.A))]);
    }

    private static async Task<Finding> HalfRequestAsync(HarnessSession session)
    {
        var scene = session.Messages.NextScene();
        var frame = HostileFrames.Frame(scene.Prevote(scene.A).ToRequest());
        await session.Connection!.SendRawAsync(frame.AsMemory(0, frame.Length / 2), TimeSpan.FromMilliseconds(1), session.Cancelled);
        if (await session.ReconnectAsync(session.Options.RedialTimeout) is { } problem) return Finding.Fail(problem);
        return await Turn.PlayAsync(session, [Turn.MustSign(scene.Prevote(scene.A))]);
    }

    private static async Task<Finding> RestartAsync(HarnessSession session)
    {
        await session.HangUpAsync();
        session.Listener.Pause();
        await Task.Delay(session.Options.Downtime, session.Cancelled);
        if (session.Listener.TryResume() is { } error) return Finding.Skip(error);
        if (await session.ReconnectAsync(session.Options.RedialTimeout) is { } problem) return Finding.Fail(problem);
        return await WrongAfterwards(session) is { } wrong ? Finding.Fail(wrong) : Finding.Pass("back and signing");
    }

    /// <summary>Null when the signer has the same key and signs, else a sentence.</summary>
    private static async Task<string?> WrongAfterwards(HarnessSession session)
    {
        var reply = await session.Connection!.GetPublicKeyAsync(session.Options.Chain, session.Cancelled);
        if (reply is not SignerReply.PublicKey key || !key.Bytes.Span.SequenceEqual(session.Key!.Span))
            return $"after a reconnect, asked for the public key, the signer answered: {reply}";
        var scene = session.Messages.NextScene();
        return (await session.AskAsync(scene.Prevote(scene.A))).UnlessSigned() is { } wrong ? $"after a reconnect: {wrong}" : null;
    }
}
