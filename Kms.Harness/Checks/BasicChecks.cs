using Kms.Protocol.KeyEncoding;
using static Kms.Harness.Checks.Turn;

namespace Kms.Harness.Checks;

/// <summary>What every block needs: a key, a pulse, and signatures that verify.</summary>
internal static class BasicChecks
{
    public static IEnumerable<Check> All =>
    [
        new("basics.public-key", "Public key", "the same well-formed key every time", PublicKeyAsync) { IsGate = true },
        new("basics.ping", "Ping", "an answer; a node drops a signer that does not answer pings", PingAsync),
        new("basics.first-signature", "First signature", "a valid signature at the start height", FirstSignatureAsync) { IsGate = true },
        new("basics.proposals", "Proposals with every kind of proof-of-lock round", "a valid signature over each", scene =>
        [
            MustSign(scene.Proposal(scene.A)),
            MustSign(scene.Proposal(scene.A, round: 1, polRound: 0)),
            MustSign(scene.Proposal(scene.B, round: 4, polRound: 3)),
        ]),
        new("basics.heights", "Proposal, prevote and precommit over consecutive heights", "valid signatures over all of them",
            session => PlayAsync(session, Enumerable.Range(0, 3).SelectMany(_ => TwoHeights(session.Messages.NextScene())))),
        new("basics.nil-votes", "Votes for nil, then a block in a later round",
            "valid signatures; nil leaves the block id out of the sign bytes", scene =>
        [
            MustSign(scene.Prevote(null)), MustSign(scene.Precommit(null)),
            MustSign(scene.Prevote(null, round: 1)), MustSign(scene.Precommit(null, round: 1)),
            MustSign(scene.Prevote(scene.A, round: 7)), MustSign(scene.Precommit(scene.A, round: 7)),
        ]),
    ];

    private static IEnumerable<Turn> TwoHeights(Scene scene) =>
        new[] { scene.Below, scene }
            .SelectMany(at => new ConsensusMessage[] { at.Proposal(at.A), at.Prevote(at.A), at.Precommit(at.A) })
            .Select(MustSign);

    private static async Task<Finding> PublicKeyAsync(HarnessSession session)
    {
        for (var i = 0; i < 3; i++)
        {
            var reply = await session.Connection!.GetPublicKeyAsync(session.Options.Chain, session.Cancelled);
            if (reply is not SignerReply.PublicKey answer) return Finding.Fail($"asked for the public key, the signer {reply}");
            if (ValidatorKey.Of(answer, out var problem) is not { } key)
                return Finding.Fail($"{problem}; a {session.Options.Dialect} node reads {session.Options.Dialect.KeyFields}");
            if (session.Key is not null && session.Key != key) return Finding.Fail($"the public key changed from {session.Key} to {key}");
            session.Key = key;
        }

        session.Messages.Address = ValidatorKey.Address(session.Key!);
        return Finding.Pass($"{KeyFormatter.Name(session.Key!.Algorithm)} {session.Key}");
    }

    private static async Task<Finding> PingAsync(HarnessSession session)
    {
        for (var i = 0; i < 3; i++)
        {
            var reply = await session.Connection!.PingAsync(session.Cancelled);
            if (reply is not SignerReply.Pong) return Finding.Fail($"pinged, the signer {reply}");
        }

        return Finding.Pass("answered 3 times");
    }

    // Everything else needs a signer that signs above its floor: one clear failure instead of forty.
    private static async Task<Finding> FirstSignatureAsync(HarnessSession session)
    {
        var vote = session.Messages.NextScene().Below;
        var message = vote.Prevote(vote.A);
        var answer = await session.AskAsync(message);
        if (answer.UnlessSigned() is null) return Finding.Pass($"{message}: signed");
        return Finding.Fail(answer.Reply switch
        {
            SignerReply.Signed =>
                $"{message}: {answer.Problem}. The public key, the chain id or the sign bytes are not what a node expects",
            SignerReply.Error { Text: var text } when text.Contains("regression", StringComparison.OrdinalIgnoreCase) =>
                $"{message}: {answer.Reply}. The signer has signed above height {message.Hrs.Height} before: {StartHigher}",
            SignerReply.Error =>
                $"{message}: {answer.Reply}. If the signer has signed on this chain before, {StartHigher}; if it has no state yet, initialise it",
            _ => $"{message}: {answer.Reply}. Some signers hang up below their last height: if this one has signed on the chain, {StartHigher}",
        });
    }

    private const string StartHigher = "choose a higher start height (--start-height)";
}
