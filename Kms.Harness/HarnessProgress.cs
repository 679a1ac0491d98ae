using Kms.Protocol.KeyEncoding;

namespace Kms.Harness;

/// <summary>What a run is doing, for whoever draws it.</summary>
public abstract record HarnessProgress
{
    private HarnessProgress() { }

    /// <summary>Waiting for the signer to dial.</summary>
    /// <param name="Endpoint">Where, with the real port.</param>
    /// <param name="NodeId">The id the signer will see; null but over TCP with SecretConnection.</param>
    /// <param name="PeerId">The id the signer will see; null but over Noise.</param>
    public sealed record Listening(HarnessEndpoint Endpoint, NodeId? NodeId, PeerId? PeerId) : HarnessProgress;

    /// <summary>A signer dialled.</summary>
    /// <param name="Peer">Its address and, but on a Unix socket, its id.</param>
    public sealed record Connected(string Peer) : HarnessProgress;

    /// <summary>A check begins.</summary>
    /// <param name="Number">From 1.</param>
    /// <param name="Total">Number of checks.</param>
    /// <param name="Check">The check.</param>
    public sealed record CheckStarted(int Number, int Total, CheckInfo Check) : HarnessProgress;

    /// <summary>A check ended.</summary>
    /// <param name="Number">From 1.</param>
    /// <param name="Total">Number of checks.</param>
    /// <param name="Result">How.</param>
    public sealed record CheckFinished(int Number, int Total, CheckResult Result) : HarnessProgress;

    /// <summary>The latency run goes on; reported about a hundred times.</summary>
    /// <param name="Done">Signatures so far.</param>
    /// <param name="Total">Signatures in all.</param>
    /// <param name="Recent">Times of the last thousand, or of as many as there are.</param>
    public sealed record Measuring(int Done, int Total, LatencyReport Recent) : HarnessProgress;
}
