using Kms.Core.Consensus;
using Kms.Core.Signing;

namespace Kms.Protocol.KeyEncoding;

/// <summary>What a chain calls a validator by: 20 bytes of its consensus key (cometbft crypto/ed25519, Address). The node id of an identity
/// key is made the same way.</summary>
public sealed record ConsensusAddress : ByteString
{
    private ConsensusAddress(ReadOnlySpan<byte> bytes) : base(bytes) { }

    /// <summary>The address of a key.</summary>
    public static ConsensusAddress Of(PublicKey key) => new(NodeId.Of(key).Span);

    /// <summary>Upper-case hexadecimal, as CometBFT prints it.</summary>
    public string ToHex() => Convert.ToHexString(Span);

    /// <summary>Bech32, as Cosmos SDK chains print it: <c>cosmosvalcons1…</c>.</summary>
    /// <param name="keyPrefix">The prefix of the chain's consensus keys.</param>
    /// <returns>Null when the prefix of addresses cannot be told from it.</returns>
    public string? ToBech32(string keyPrefix) => Prefix(keyPrefix) is { } prefix ? Bech32.Encode(prefix, Span) : null;

    /// <summary>The prefix of consensus addresses that belongs to one of consensus keys: cosmosvalcons to cosmosvalconspub. IRIS Hub has
    /// names of its own.</summary>
    private static string? Prefix(string keyPrefix) => keyPrefix switch
    {
        "icp" => "ica",
        "pub" => null,
        _ => keyPrefix.EndsWith("pub", StringComparison.Ordinal) ? keyPrefix[..^"pub".Length] : null,
    };
}
