namespace Kms.Harness.Checks;

/// <summary>Votes that somebody tries to get signed by calling them something else: an extension, or raw bytes.</summary>
internal static class Oracles
{
    /// <summary>What an attacker wants: another block where the validator has signed one, and a vote that was never asked for.</summary>
    public static IEnumerable<ConsensusMessage> Of(Scene scene) =>
        [scene.Precommit(scene.B), scene.Prevote(scene.B, round: 5), scene.Proposal(scene.B, round: 5)];

    /// <summary>Signs what <see cref="Of"/> contradicts; null, or what went wrong.</summary>
    public static async Task<string?> OpenAsync(HarnessSession session, Scene scene)
    {
        var vote = scene.Precommit(scene.A);
        return (await session.AskAsync(vote)).UnlessSigned() is { } wrong ? $"{vote}: {wrong}" : null;
    }

    /// <summary>Tells the ledger about a signature that may be one over <paramref name="spelled"/>; whether it is.</summary>
    public static bool Note(HarnessSession session, ConsensusMessage spelled, ReadOnlyMemory<byte> signature) =>
        session.Ledger.Observe(session.Key!, spelled, new SignerReply.Signed(signature, spelled.Timestamp, default)).Genuine;
}
