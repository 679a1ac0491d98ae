using Google.Protobuf;
using Kms.Core.Consensus;
using Kms.Harness.Wire;

namespace Kms.Harness;

/// <summary>A request for a signature over bytes that are no consensus message.</summary>
/// <param name="Form">Whose request.</param>
/// <param name="Chain">The chain; only Celestia's form tells the signer.</param>
/// <param name="Data">The bytes.</param>
internal sealed record RawBytesMessage(RawBytesKind Form, ChainId Chain, ReadOnlyMemory<byte> Data)
{
    // celestia-core types/priv_validator.go, RawBytesSignBytesPrefix.
    private static ReadOnlySpan<byte> Prefix => "COMET::RAW_BYTES::SIGN"u8;

    /// <summary>What the bytes are for: what Celestia's nodes say about the messages of block propagation.</summary>
    public string UniqueId { get; init; } = "compactBlock";

    public Message ToRequest() => new() { SignRawBytesRequest = Body() };

    /// <summary>The bytes that a signature must cover.</summary>
    public byte[] SignBytes() => Form == RawBytesKind.Celestia ? [.. Prefix, .. CanonicalBytes.Delimited(Body())] : Data.ToArray();

    private SignRawBytesRequest Body() => Form == RawBytesKind.CometBft
        ? new SignRawBytesRequest { ValueOrChainId = UnsafeByteOperations.UnsafeWrap(Data) }
        : new SignRawBytesRequest
        {
            ValueOrChainId = Google.Protobuf.ByteString.CopyFrom(Chain.Utf8),
            RawBytes = UnsafeByteOperations.UnsafeWrap(Data),
            UniqueId = Google.Protobuf.ByteString.CopyFromUtf8(UniqueId),
        };
}
