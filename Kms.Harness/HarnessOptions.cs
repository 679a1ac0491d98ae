using System.Net;
using Kms.Core.Consensus;

namespace Kms.Harness;

/// <summary>What to listen on, what to ask, how long to wait. Every height from <see cref="StartHeight"/> on is used up at the signer
/// under test: run the harness against a key or a chain made for it, never against a validating key.</summary>
/// <param name="Listen">Where the signer will dial in.</param>
/// <param name="ChainId">The chain the signer is configured for.</param>
public sealed record HarnessOptions(HarnessEndpoint Listen, string ChainId)
{
    /// <summary>The most <see cref="Messages"/> of one run: each is remembered.</summary>
    public const int MaxMessages = 1_000_000;

    /// <summary>Loopback with any free port.</summary>
    public static readonly HarnessEndpoint Loopback = new HarnessEndpoint.Tcp(IPAddress.Loopback, 0);

    /// <summary>First height to ask for; it must be above everything the signer has signed on this chain.</summary>
    public long StartHeight { get; init; } = 1;

    /// <summary>Number of signatures in the latency run; 0 leaves it out.</summary>
    public int Messages { get; init; } = 1000;

    /// <summary>Longest wait for one reply. CometBFT: 5 s (privval/signer_endpoint.go, defaultTimeoutReadWriteSeconds).</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest wait for a signer to dial in, at the start and whenever it has hung up.</summary>
    public TimeSpan AcceptTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest time from a lost connection to the next one in the reconnect checks. CometBFT: 3 s
    /// (privval/signer_listener_endpoint.go, defaultTimeoutAcceptSeconds).</summary>
    public TimeSpan RedialTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Source of block hashes and of the order of messages; a report names it, so that a run can be repeated.</summary>
    public int Seed { get; init; } = Random.Shared.Next();

    /// <summary>The node's line of versions: what it sends and what it reads.</summary>
    public Dialect Dialect { get; init; } = Dialect.Default;

    /// <summary>Whether the chain uses vote extensions (CometBFT 0.38 on): precommits for a block then need an extension signature, in 2.0 two.</summary>
    public bool VoteExtensions { get; init; }

    /// <summary>Whether the signer is configured to sign raw bytes in the dialect's form; otherwise it must refuse them.</summary>
    public bool RawBytes { get; init; }

    /// <summary>How long a hostile frame is followed by silence before the harness hangs up.</summary>
    internal TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long the node "restarts" in the reconnect check.</summary>
    internal TimeSpan Downtime { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long to wait for a second connection of the signer.</summary>
    internal TimeSpan SecondConnection { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Extension signatures that a precommit for a block must carry in this run.</summary>
    internal int ExtensionSignatures => VoteExtensions ? Dialect.ExtensionSignatures : 0;

    internal ChainId Chain => new(ChainId);

    /// <summary>What is wrong with the options, as a sentence; null when nothing is.</summary>
    public string? Problem() =>
        !Kms.Core.Consensus.ChainId.IsConfigurable(ChainId) ? $"'{ChainId}' is not a chain id: 1 to 50 bytes without spaces"
        : StartHeight is < 1 or > long.MaxValue / 2 ? "the start height must be at least 1"
        : Messages is < 0 or > MaxMessages ? $"the number of messages must be 0 to {MaxMessages}"
        : VoteExtensions && Dialect.ExtensionSignatures == 0 ?
            $"a {Dialect} node has no vote extensions: leave out --vote-extensions or choose --dialect v0.38 or a later one"
        : RawBytes && Dialect.RawBytes is null ?
            $"a {Dialect} node asks for no raw bytes: leave out --raw-bytes or choose --dialect v1.0, v2.0 or celestia"
        : new[] { Timeout, AcceptTimeout, RedialTimeout }.Any(wait => wait <= TimeSpan.Zero || wait > TimeSpan.FromHours(1)) ?
            "timeouts must be more than nothing and at most an hour"
        : null;
}
