using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Core.Signing;
using Kms.Protocol.SignBytes;

namespace Kms.Actors.Chain;

/// <summary>One chain to sign for: a [[chain]] of the configuration with its key.</summary>
/// <param name="Chain">The chain.</param>
/// <param name="Signer">The consensus key; null in a program that only looks at the state.</param>
/// <param name="SignExtensions">Whether the extensions of a precommit are signed, as CometBFT's own signer does. A key that cannot sign them
/// (<see cref="IConsensusSigner.SignsOnlyVotes"/>) then signs the precommits that carry none.</param>
/// <param name="Rules">What the operator chose about the rules.</param>
public sealed record ChainOptions(ChainId Chain, IConsensusSigner? Signer, bool SignExtensions, ChainRules Rules)
{
    /// <summary>What others know about the chain; applied in order at each recovery, before the first request is served.</summary>
    public IReadOnlyList<FloorClaim> Claims { get; init; } = [];

    /// <summary>Which raw bytes the key may sign.</summary>
    public RawBytesPolicy RawBytes { get; init; } = RawBytesPolicy.Off;

    /// <summary>The copy of the watermark that must be written before a signature is made; null for none.</summary>
    public IWatermarkMirror? Mirror { get; init; }

    /// <summary>A snapshot is taken after this many events; it only shortens recovery.</summary>
    public int SnapshotEvery { get; init; } = 1_000;

    /// <summary>How many events before the newest snapshot stay, for the operator's questions.</summary>
    public int KeepEvents { get; init; } = 10_000;

    /// <summary>How long a chain without history waits before it looks whether an operator has given it one.</summary>
    public TimeSpan LookAgain { get; init; } = TimeSpan.FromSeconds(1);
}
