namespace Kms.Harness.Checks;

/// <summary>Two nodes with one signer (sentries, a standby node): both connections share one memory.</summary>
internal static class TwoConnectionChecks
{
    public static IEnumerable<Check> All =>
    [
        new("two-nodes", "Two connections ask for the same and for different blocks",
            "the same vote signed for both, a different one refused to the second, also when both ask at once", TwoNodesAsync),
    ];

    private static async Task<Finding> TwoNodesAsync(HarnessSession session)
    {
        var (connection, _) = await session.Listener.AcceptAsync(session.Options.SecondConnection, session.Cancelled);
        if (connection is null)
            return Finding.Skip("the signer opened one connection only; configure the harness twice as its validator to have this checked");
        await using var second = connection;
        var first = session.Connection!;

        var scene = session.Messages.NextScene();
        if ((await session.AskAsync(first, scene.Prevote(scene.A))).UnlessSigned() is { } one) return Finding.Fail($"first connection: {one}");
        if ((await session.AskAsync(second, scene.Prevote(scene.A))).UnlessSigned() is { } two) return Finding.Fail($"second connection, same vote: {two}");
        if ((await session.AskAsync(second, scene.Prevote(scene.B))).UnlessRefused() is { } other) return Finding.Fail($"second connection, other vote: {other}");
        if ((await session.AskAsync(first, scene.Precommit(scene.A))).UnlessSigned() is { } three) return Finding.Fail($"first connection, next step: {three}");

        scene = session.Messages.NextScene();
        if ((await session.AskAsync(first, scene.Proposal(scene.A))).UnlessSigned() is { } proposal) return Finding.Fail($"first connection: {proposal}");
        if ((await session.AskAsync(second, scene.Proposal(scene.B))).UnlessRefused() is { } rival) return Finding.Fail($"second connection, other proposal: {rival}");

        return await RaceAsync(session, first, second);
    }

    private static async Task<Finding> RaceAsync(HarnessSession session, SignerConnection first, SignerConnection second)
    {
        for (var i = 0; i < 20; i++)
        {
            var scene = session.Messages.NextScene();
            var answers = await Task.WhenAll(session.AskAsync(first, scene.Precommit(scene.A)), session.AskAsync(second, scene.Precommit(scene.B)));
            if (answers.Select(answer => answer.UnlessSignedOrRefused()).FirstOrDefault(wrong => wrong is not null) is { } wrong)
                return Finding.Fail($"both at once: {wrong}");
            var signed = answers.Count(answer => answer.Reply is SignerReply.Signed);
            if (signed != 1) return Finding.Fail($"both at once: {signed} of 2 different precommits were signed instead of 1");
        }

        return Finding.Pass("same votes signed, different ones refused, also at once");
    }
}
