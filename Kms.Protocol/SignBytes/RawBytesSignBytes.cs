using Kms.Core.Consensus;
using Kms.Protocol.Protobuf;
using Bytes = Kms.Core.Consensus.SignBytes;

namespace Kms.Protocol.SignBytes;

/// <summary>What Celestia signs instead of raw bytes (celestia-core types/priv_validator.go, RawBytesMessageSignBytes): a name for its kind, then chain,
/// bytes and purpose as one length-delimited message. No vote begins like this.</summary>
public static class RawBytesSignBytes
{
    /// <summary>The name in front.</summary>
    public static ReadOnlySpan<byte> Prefix => "COMET::RAW_BYTES::SIGN"u8;

    /// <summary>The bytes that are signed.</summary>
    /// <param name="chain">The chain.</param>
    /// <param name="rawBytes">What an application wants signed.</param>
    /// <param name="uniqueId">What it is for, in UTF-8.</param>
    public static Bytes Of(ChainId chain, ReadOnlySpan<byte> rawBytes, ReadOnlySpan<byte> uniqueId) =>
        new([.. Prefix, .. new ProtoWriter().Bytes(1, chain.Utf8).Bytes(2, rawBytes).Bytes(3, uniqueId).ToDelimited()]);
}
