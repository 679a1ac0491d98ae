namespace Kms.Harness.Checks;

/// <summary>Two nodes with one signer (sentries, a standby node): both connections share one memory.</summary>
internal static class TwoConnectionChecks
{
    public static IEnumerable<Check> All =>
    [
        new("two-nodes", "Two connections ask for the same and for different blocks",
            "the same vote signed for both, a different one refused to the second, also when it is a step behind or both ask at once", TwoNodesAsync),
    ];

    private static async Task<Finding> TwoNodesAsync(HarnessSession session)
    {
        var (connection, _) = await session.AcceptAsync(session.Options.SecondConnection);
        if (connection is null)
            return Finding.Skip("the signer opened one connection only; configure the harness twice as its validator to have this checked");
        await using var second = connection;
        var first = session.Connection!;

        return await SharedMemoryAsync(session, first, second) is { } wrong ? Finding.Fail(wrong) : await RaceAsync(session, first, second);
    }

    /// <summary>Null, or what went wrong.</summary>
    private static async Task<string?> SharedMemoryAsync(HarnessSession session, SignerConnection first, SignerConnection second)
    {
        var votes = session.Messages.NextScene();
        var blocks = session.Messages.NextScene();
        (string Who, SignerConnection Connection, Turn Turn)[] turns =
        [
            ("first connection", first, Turn.MustSign(votes.Prevote(votes.A))),
            ("second connection, the same vote", second, Turn.MustSign(votes.Prevote(votes.A))),
            ("second connection, another vote", second, Turn.MustRefuse(votes.Prevote(votes.B))),
            ("first connection, the next step", first, Turn.MustSign(votes.Precommit(votes.A))),
            ("second connection, the same vote a step behind", second, Turn.MayRefuse(votes.Prevote(votes.A) with { Timestamp = votes.Later })),
            ("second connection, another vote a step behind", second, Turn.MustRefuse(votes.Prevote(votes.B))),
            ("first connection", first, Turn.MustSign(blocks.Proposal(blocks.A))),
            ("second connection, another proposal", second, Turn.MustRefuse(blocks.Proposal(blocks.B))),
        ];
        foreach (var (who, connection, turn) in turns)
            if (turn.Judge(await session.AskAsync(connection, turn.Meaning!)) is { } wrong) return $"{who}, {turn.Name}: {wrong}";
        return null;
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
