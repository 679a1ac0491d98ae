namespace Kms.Harness;

/// <summary>How often to kill and what to ask. Every height from <see cref="StartHeight"/> on is used up at the signer: run the drill
/// against a key made for it.</summary>
/// <param name="ChainId">The chain the signer is configured for.</param>
/// <param name="Kills">How often the signer is killed.</param>
public sealed record DrillOptions(string ChainId, int Kills)
{
    /// <summary>The most <see cref="Kills"/> of one drill.</summary>
    public const int MaxKills = 100_000;

    /// <summary>First height to ask for; it must be above everything the signer has signed on this chain.</summary>
    public long StartHeight { get; init; } = 1;

    /// <summary>Most messages signed between two kills; their number is drawn for every kill.</summary>
    public int MessagesPerKill { get; init; } = 60;

    /// <summary>Latest moment of a kill, counted from the request.</summary>
    public TimeSpan LatestKill { get; init; } = TimeSpan.FromMilliseconds(2);

    /// <summary>Longest wait for a started signer to dial in, and for its first signature after the attacks. How long one reply may take
    /// is the listener's to say.</summary>
    public TimeSpan AcceptTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Source of messages, moments and orders; a report names it, so that a drill can be repeated (its timing excepted).</summary>
    public int Seed { get; init; } = Random.Shared.Next();

    /// <summary>What is wrong with the options, as a sentence; null when nothing is.</summary>
    public string? Problem() =>
        Kills is < 0 or > MaxKills ? $"the number of kills must be 0 to {MaxKills}"
        : MessagesPerKill is < 1 or > HarnessOptions.MaxMessages ? $"the number of messages per kill must be 1 to {HarnessOptions.MaxMessages}"
        : LatestKill < TimeSpan.Zero || LatestKill > TimeSpan.FromSeconds(1) ? "the latest moment of a kill must be 0 to 1 s"
        : Scenery(HarnessOptions.Loopback).Problem();

    /// <summary>The same choices for the maker of messages.</summary>
    internal HarnessOptions Scenery(HarnessEndpoint endpoint) =>
        new(endpoint, ChainId) { StartHeight = StartHeight, AcceptTimeout = AcceptTimeout, Seed = Seed, Messages = 0 };
}
