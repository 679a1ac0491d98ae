using Kms.Core.Consensus;
using static Kms.Testing.Ask;

namespace Kms.Core.Tests.DoubleSign.SmallWorlds;

/// <summary>What a signature says to everybody who sees it: the content of the bytes it covers. The test's own type, so that nothing
/// that judges a signature shares code with what decided to make it.</summary>
internal sealed record Statement(long Height, int Round, Step Step, string Block, long Timestamp, int? PolRound)
{
    public (long Height, int Round, int Step) Position => (Height, Round, (int)Step);

    public bool IsVote => Step != Step.Proposal;

    public override string ToString() => $"{Step} {Height}/{Round} {Block} at {Timestamp}{(PolRound is { } pol ? $" pol {pol}" : "")}";
}

/// <summary>Every request a node can make in a world so small that all of them can be tried in every order.</summary>
internal sealed class SmallWorld
{
    private readonly Dictionary<SignBytes, Statement> _meanings;

    private SmallWorld(IEnumerable<Statement> statements)
    {
        // Short sign bytes, one value for each statement: millions of states are compared.
        Requests = [.. statements.Select((statement, index) => (statement, Request(statement) with { SignBytes = new SignBytes([(byte)index]) }))];
        _meanings = Requests.ToDictionary(pair => pair.Request.SignBytes, pair => pair.Statement);
    }

    /// <summary>2 heights × 2 rounds × 3 steps × {nil, A, B} × 2 timestamps: 72 requests.</summary>
    public static SmallWorld Full { get; } = new(
        from height in new long[] { 1, 2 }
        from round in new[] { 0, 1 }
        from step in Enum.GetValues<Step>()
        from block in new[] { "nil", "A", "B" }
        from timestamp in new long[] { 1, 2 }
        select new Statement(height, round, step, block, timestamp, step == Step.Proposal ? -1 : null));

    /// <summary>One height, where proposals also differ in their proof-of-lock round, -1 or 0: 48 requests.</summary>
    public static SmallWorld ProofOfLock { get; } = new(
        from round in new[] { 0, 1 }
        from step in Enum.GetValues<Step>()
        from block in new[] { "nil", "A", "B" }
        from timestamp in new long[] { 1, 2 }
        from pol in step == Step.Proposal ? new int?[] { -1, 0 } : [null]
        select new Statement(1, round, step, block, timestamp, pol));

    /// <summary>Without a second timestamp: 36 requests.</summary>
    public static SmallWorld OneTimestamp { get; } = new(Full.Requests.Select(pair => pair.Statement).Where(says => says.Timestamp == 1));

    /// <summary>One round, for longer sequences: 18 requests.</summary>
    public static SmallWorld OneRound { get; } = new(Full.Requests.Select(pair => pair.Statement).Where(says => (says.Height, says.Round) == (1, 0)));

    /// <summary>Two heights of votes without a second timestamp, where a signer may remember every one: 12 requests.</summary>
    public static SmallWorld Votes { get; } = new(OneTimestamp.Requests.Select(pair => pair.Statement).Where(says => says.IsVote && says.Round == 0));

    /// <summary>Three heights, the last one out of reach of the first two where a jump of 1 is allowed: 27 requests.</summary>
    public static SmallWorld FarHeight { get; } = new(
        from height in new long[] { 1, 2, 4 }
        from step in Enum.GetValues<Step>()
        from block in new[] { "nil", "A", "B" }
        select new Statement(height, 0, step, block, 1, step == Step.Proposal ? -1 : null));

    /// <summary>All requests, each with what its signature would say.</summary>
    public IReadOnlyList<(Statement Statement, SignRequest Request)> Requests { get; }

    /// <summary>Where messages can stand, in ascending order.</summary>
    public IEnumerable<Hrs> Positions => Requests.Select(pair => pair.Request.Hrs).Distinct().Order();

    /// <summary>The bit for a statement in a set of statements at one position.</summary>
    public ulong Bit(Hrs position, Statement statement) => 1UL << At(position).ToList().IndexOf(statement);

    /// <summary>The statements of such a set.</summary>
    public IEnumerable<Statement> Among(Hrs position, ulong bits) => At(position).Where((_, index) => (bits >> index & 1) != 0);

    /// <summary>What a signature over <paramref name="signBytes"/> says.</summary>
    public Statement Meaning(SignBytes signBytes) => _meanings[signBytes];

    private IEnumerable<Statement> At(Hrs position) => Requests.Where(pair => pair.Request.Hrs == position).Select(pair => pair.Statement);

    private static SignRequest Request(Statement says)
    {
        var block = says.Block switch { "nil" => null, "A" => A, _ => B };
        return says.PolRound is { } pol
            ? Proposal(says.Height, says.Round, block, says.Timestamp, pol)
            : Any(says.Height, says.Round, says.Step, block, says.Timestamp);
    }
}
