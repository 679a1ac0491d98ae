using Kms.Harness.Wire;

namespace Kms.Harness.Checks;

/// <summary>One request of a conversation and what must come back.</summary>
/// <param name="Name">The request in words.</param>
/// <param name="Request">The request.</param>
/// <param name="Meaning">What a signature would cover; null when no signature can be right.</param>
/// <param name="Judge">Null for a good answer, else what is wrong with it.</param>
internal sealed record Turn(string Name, Message Request, ConsensusMessage? Meaning, Func<Answer, string?> Judge)
{
    /// <summary>The signer must sign: a refusal is a missed vote.</summary>
    public static Turn MustSign(ConsensusMessage message) => Of(message, answer => answer.UnlessSigned());

    /// <summary>The signer must answer with an error and keep the connection.</summary>
    public static Turn MustRefuse(ConsensusMessage message, string? name = null) => Of(message, answer => answer.UnlessRefused(), name);

    /// <summary>Either is fine, but a signature must be one the node can use.</summary>
    public static Turn MayRefuse(ConsensusMessage message) => Of(message, answer => answer.UnlessSignedOrRefused());

    /// <summary>A request that no <see cref="ConsensusMessage"/> can express and that must be refused.</summary>
    public static Turn MustRefuse(string name, Message request) => new(name, request, null, answer => answer.UnlessRefused());

    /// <summary>A request that no <see cref="ConsensusMessage"/> can express but that means one.</summary>
    public static Turn MayRefuse(string name, Message request, ConsensusMessage meaning) =>
        new(name, request, meaning, answer => answer.UnlessSignedOrRefused());

    /// <summary>Plays turns until one goes wrong.</summary>
    public static async Task<Finding> PlayAsync(HarnessSession session, IEnumerable<Turn> turns)
    {
        var (count, last) = (0, "");
        foreach (var turn in turns)
        {
            var answer = await session.AskAsync(turn.Request, turn.Meaning);
            if (turn.Judge(answer) is { } wrong) return Finding.Fail($"{turn.Name}: {wrong}");
            (count, last) = (count + 1, $"{turn.Name}: {answer.Reply}");
        }

        return Finding.Pass(count <= 2 ? last : $"{count} requests; {last}");
    }

    private static Turn Of(ConsensusMessage message, Func<Answer, string?> judge, string? name = null) =>
        new(name ?? message.ToString(), message.ToRequest(), message, judge);
}
