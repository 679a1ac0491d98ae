using Kms.Core.Consensus;
using static Kms.Harness.Checks.Turn;

namespace Kms.Harness.Checks;

/// <summary>Vote extensions: what an application adds to a precommit for a block, signed apart from the vote (cometbft types/vote.go,
/// privval/file.go). They are no evidence, but a missing signature stops the node.</summary>
internal static class ExtensionChecks
{
    private const string NotOnPrevote = "an error, or a signature without an extension signature: with one the node panics";

    public static IEnumerable<Check> All =>
    [
        new("basics.extension", "Vote extension on a precommit for a block",
            "a second, valid signature over the extension; without it the node panics",
            session => PlayAsync(session, Sizes(session.Messages.NextScene(), session.Messages.Bytes(1024)))) { Unless = Off },
        new("extension.on-prevote", "A vote extension on a prevote", NotOnPrevote, scene =>
            Told(scene.Prevote(scene.A) with { Extension = scene.Data }, scene.Prevote(scene.A, round: 1) with { Extension = scene.Data }))
            { Unless = Unknown },
        new("extension.on-nil", "A vote extension on a precommit for nil", NotOnPrevote, scene =>
            Told(scene.Precommit(null) with { Extension = scene.Data }, scene.Precommit(null, round: 1) with { Extension = scene.Data }))
            { Unless = Unknown },
        new("extension.changed", "The same precommit with another extension",
            "valid signatures over what the reply carries: after a crash an application may extend the same vote in another way", scene =>
            [MustSign(scene.Precommit(scene.A)), MustSign(Another(scene)), MustSign(Another(scene) with { Timestamp = scene.Later })])
            { Unless = Off },
        new("extension.skipped", "A precommit whose extension need not be signed", "a valid signature; an extension signature is dropped by the node",
            SkippedAsync) { Unless = options => options.Dialect.IsV1 ? null : $"a {options.Dialect} node cannot say so" },
        new("extension.non-rp", "Extensions without replay protection, short, long and empty",
            "a third, valid signature, over the bytes as they are; without it the node panics",
            session => PlayAsync(session, NonRpSizes(session.Messages.NextScene(), session.Messages.Bytes(1024)))) { Unless = NoSecond },
        new("extension.non-rp-vote", "An extension without replay protection that is a vote",
            "an error: the signature over it would be the signature of that vote", VoteInExtensionAsync) { Unless = NoSecond },
    ];

    private static string? Unknown(HarnessOptions options) =>
        options.Dialect.ExtensionSignatures > 0 ? null : $"a {options.Dialect} node has no vote extensions";

    private static string? Off(HarnessOptions options) =>
        Unknown(options) ?? (options.VoteExtensions ? null : "vote extensions are off for this run");

    private static string? NoSecond(HarnessOptions options) =>
        options.Dialect.ExtensionSignatures > 1 ? Off(options) : $"a {options.Dialect} node has no extensions without replay protection";

    private static IEnumerable<Turn> Sizes(Scene scene, byte[] large) =>
    [
        MustSign(scene.Precommit(scene.A)),
        MustSign(scene.Precommit(scene.A, round: 1) with { Extension = large }),
        MustSign(scene.Precommit(scene.A, round: 2) with { Extension = default }),
        MustSign(scene.Prevote(scene.A, round: 3)),
        MustSign(scene.Precommit(null, round: 3)),
    ];

    private static IEnumerable<Turn> NonRpSizes(Scene scene, byte[] large) =>
    [
        MustSign(scene.Precommit(scene.A)),
        MustSign(scene.Precommit(scene.A)),
        MustSign(scene.Precommit(scene.A) with { NonRpExtension = scene.Data }),
        MustSign(scene.Precommit(scene.A, round: 1) with { NonRpExtension = large }),
        MustSign(scene.Precommit(scene.A, round: 2) with { NonRpExtension = default }),
        MustSign(scene.Precommit(scene.A, round: 3) with { Extension = default }),
        MustSign(scene.Precommit(scene.A, round: 4) with { Extension = default, NonRpExtension = default }),
    ];

    // From 1.0 on a node says with such a vote that there is no extension to sign; the second time it does not.
    private static IEnumerable<Turn> Told(VoteMessage first, VoteMessage second) =>
        [MayRefuse(first), MayRefuse(second with { SkipExtension = false })];

    private static VoteMessage Another(Scene scene) => scene.Precommit(scene.A) with { Extension = "another extension"u8.ToArray() };

    private static async Task<Finding> SkippedAsync(HarnessSession session)
    {
        var scene = session.Messages.NextScene();
        var message = scene.Precommit(scene.A) with { Extension = default, NonRpExtension = default, SkipExtension = true };
        var answer = await session.AskAsync(message);
        if (answer.UnlessSigned() is { } wrong) return Finding.Fail($"{message}: {wrong}");
        return Finding.Pass(answer.Reply is SignerReply.Signed { ExtensionSignature.IsEmpty: true, NonRpExtensionSignature.IsEmpty: true }
            ? "signed without an extension signature" : "signed, with an extension signature that nobody wanted");
    }

    private static async Task<Finding> VoteInExtensionAsync(HarnessSession session)
    {
        var scene = session.Messages.NextScene();
        if (await Oracles.OpenAsync(session, scene) is { } unsigned) return Finding.Fail(unsigned);
        foreach (var spelled in Oracles.Of(scene))
        {
            var asked = scene.Precommit(scene.A, round: 1) with { NonRpExtension = spelled.SignBytes(spelled.Timestamp) };
            var answer = await session.AskAsync(asked);
            if (answer.Reply is SignerReply.Signed signed) Oracles.Note(session, spelled, signed.NonRpExtensionSignature);
            if (answer.UnlessRefused() is { } wrong) return Finding.Fail($"{asked} with an extension that is the {spelled}: {wrong}");
        }

        return await PlayAsync(session, [MustSign(scene.Precommit(scene.A, round: 1))]);
    }
}
