using Kms.Core.Consensus;

namespace Kms.Harness.Checks;

/// <summary>Signatures over bytes that are no consensus message (cometbft SignBytes, celestia-core SignRawBytes): only where the operator
/// allows them, and never over what a chain would take for a vote.</summary>
internal static class RawBytesChecks
{
    public static IEnumerable<Check> All =>
    [
        new("raw.sign", "Raw bytes", "a valid signature where the signer is configured to give it, else an error on an open connection", SignAsync)
        {
            Unless = options => options.Dialect.RawBytes is null ? $"a {options.Dialect} node asks for no raw bytes" : null,
        },
        new("raw.other-chain", "Raw bytes for another chain", "an error on an open connection", OtherChainAsync)
        {
            Unless = options => options.Dialect.RawBytes == RawBytesKind.Celestia ? null : $"a {options.Dialect} node names no chain for raw bytes",
        },
        new("raw.vote", "Votes and proposals as raw bytes, in either form",
            "an error on an open connection: the signature would be the signature of that vote", VoteAsync),
    ];

    private static async Task<Finding> SignAsync(HarnessSession session)
    {
        var (form, chain) = (session.Options.Dialect.RawBytes!.Value, session.Options.Chain);
        var sizes = new[] { 32, 1, 200, 4096 };
        foreach (var size in sizes)
        {
            // Text: random bytes could by chance be taken for a message.
            var data = new byte[size];
            data.AsSpan().Fill((byte)'x');
            var answer = await session.AskAsync(new RawBytesMessage(form, chain, data));
            var wrong = session.Options.RawBytes ? answer.UnlessSigned() : answer.UnlessRefused();
            if (wrong is not null) return Finding.Fail($"raw bytes, {size} of them: {wrong}");
            if (!session.Options.RawBytes) return Finding.Pass(answer.Reply.ToString()!);
        }

        return Finding.Pass($"{sizes.Length} signatures");
    }

    private static async Task<Finding> OtherChainAsync(HarnessSession session)
    {
        var other = new ChainId(session.Options.ChainId + "-other");
        var answer = await session.AskAsync(new RawBytesMessage(RawBytesKind.Celestia, other, "xxxxxxxx"u8.ToArray()));
        return answer.UnlessRefused() is { } wrong ? Finding.Fail($"raw bytes for another chain: {wrong}") : Finding.Pass(answer.Reply.ToString()!);
    }

    private static async Task<Finding> VoteAsync(HarnessSession session)
    {
        var scene = session.Messages.NextScene();
        if (await Oracles.OpenAsync(session, scene) is { } unsigned) return Finding.Fail(unsigned);
        var harmless = false;
        foreach (var spelled in Oracles.Of(scene))
            foreach (var form in Enum.GetValues<RawBytesKind>())
            {
                var asked = new RawBytesMessage(form, scene.Chain, spelled.SignBytes(spelled.Timestamp));
                var answer = await session.AskAsync(asked);
                if (answer.Reply is SignerReply.Signed signed && Oracles.Note(session, spelled, signed.Signature))
                    return Finding.Fail($"the {spelled} was signed as raw bytes");
                var prefixed = form == session.Options.Dialect.RawBytes && form == RawBytesKind.Celestia && answer.UnlessSigned() is null;
                if (!prefixed && answer.UnlessRefused() is { } wrong) return Finding.Fail($"the {spelled} as raw bytes: {wrong}");
                harmless |= prefixed;
            }

        var next = await Turn.PlayAsync(session, [Turn.MustSign(scene.Prevote(scene.A, round: 1))]);
        return next.Outcome == CheckOutcome.Fail ? next
            : Finding.Pass(harmless ? "signed behind Celestia's prefix, which makes it no vote" : "refused every time, then signed a vote");
    }
}
