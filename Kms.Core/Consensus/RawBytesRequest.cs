namespace Kms.Core.Consensus;

/// <summary>A request to sign bytes that are no consensus message. They have no height, so nothing can be recorded to keep them from being signed
/// twice; what matters is that they can never be taken for a message that may not.</summary>
public abstract record RawBytesRequest
{
    // More would fill the log.
    private const int MaxPrintedBytes = 256;

    private RawBytesRequest() { }

    /// <summary>What it is for, safe to print.</summary>
    public abstract string Purpose { get; }

    /// <summary>Celestia: the signature is over chain, bytes and purpose behind a name of their own (celestia-core privval, SignRawBytesRequest).</summary>
    /// <param name="Chain">The chain named in the request.</param>
    /// <param name="UniqueId">What the bytes are for, in UTF-8: "compactBlock".</param>
    /// <param name="RawBytes">The bytes.</param>
    public sealed record Celestia(ChainId Chain, ReadOnlyMemory<byte> UniqueId, ReadOnlyMemory<byte> RawBytes) : RawBytesRequest
    {
        /// <inheritdoc/>
        public override string Purpose => PrintableText.Of(UniqueId.Span, MaxPrintedBytes);
    }

    /// <summary>CometBFT 1.0 and 2.0: the signature is over the bytes as they are, whatever they are (privval, SignBytesRequest).</summary>
    /// <param name="Value">The bytes.</param>
    public sealed record CometBft(ReadOnlyMemory<byte> Value) : RawBytesRequest
    {
        /// <inheritdoc/>
        public override string Purpose => $"{Value.Length} bytes";
    }
}
