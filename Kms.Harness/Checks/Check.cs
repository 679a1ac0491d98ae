namespace Kms.Harness.Checks;

/// <summary>What a check found, before it is filed with its name and its time.</summary>
internal readonly record struct Finding(CheckOutcome Outcome, string Detail)
{
    public static Finding Pass(string detail) => new(CheckOutcome.Pass, detail);

    public static Finding Fail(string detail) => new(CheckOutcome.Fail, detail);

    public static Finding Skip(string detail) => new(CheckOutcome.Skip, detail);
}

/// <summary>One thing a signer must do or must not do. A check starts with an open connection and at heights of its own; it may leave the
/// connection closed.</summary>
/// <param name="Info">Its name and what is expected.</param>
/// <param name="Body">Does it.</param>
internal sealed record Check(CheckInfo Info, Func<HarnessSession, Task<Finding>> Body)
{
    public Check(string id, string title, string expected, Func<HarnessSession, Task<Finding>> body)
        : this(new CheckInfo(id, title, expected), body) { }

    /// <summary>A check that is a conversation: requests in order, each with what must come back.</summary>
    public Check(string id, string title, string expected, Func<Scene, IEnumerable<Turn>> turns)
        : this(id, title, expected, session => Turn.PlayAsync(session, turns(session.Messages.NextScene()))) { }

    /// <summary>Whether nothing after this one makes sense when it fails.</summary>
    public bool IsGate { get; init; }

    /// <summary>Why the check makes no sense in a run; null when it does.</summary>
    public Func<HarnessOptions, string?> Unless { get; init; } = _ => null;

    /// <summary>Runs the check. A conflict of signatures fails it, whatever else it found.</summary>
    public async Task<Finding> RunAsync(HarnessSession session)
    {
        if (Unless(session.Options) is { } reason) return Finding.Skip(reason);
        var before = session.Ledger.Conflicts.Count;
        var finding = await Body(session);
        var conflicts = session.Ledger.Conflicts.Skip(before).ToArray();
        return conflicts.Length == 0 ? finding : Finding.Fail(string.Join("; ", conflicts.Select(conflict => conflict.ToString())));
    }
}
