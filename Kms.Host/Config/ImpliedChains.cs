using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Protocol.KeyEncoding;

namespace Kms.Host.Config;

/// <summary>The older form of a configuration has no [[chain]] section: each chain that a validator names is one, and its keys are printed as
/// the network is known to print them.</summary>
internal static class ImpliedChains
{
    /// <summary>One chain for each id that can be one.</summary>
    /// <param name="served">The chain ids of the validators.</param>
    /// <param name="reading">Where remarks go.</param>
    /// <param name="ids">Where every id goes, even one that cannot be a chain's.</param>
    public static IEnumerable<ChainConfig> From(IEnumerable<Located<string>> served, Reading reading, List<Located<string>> ids)
    {
        foreach (var id in served.DistinctBy(id => id.Value))
        {
            ids.Add(id);
            if (!ChainSection.IsChainId(id, reading)) continue;
            var network = Network.OfChain(id.Value);
            var format = network is null
                ? new KeyFormat.Bech32("cosmospub", "cosmosvalconspub")
                : new KeyFormat.Bech32(network.AccountKeyPrefix, network.ConsensusKeyPrefix);
            reading.Warnings.Add(
                id.At,
                $"chain {id.Value} has no [[chain]] section: it is taken from this validator, and its key is printed with the prefix {format.ConsensusPrefix} "
                + (network is null ? "(an unknown network); " : $"of {network.Title}; ")
                + $"`[[chain]] id = \"{id.Value}\"` with a key_format says it yourself");
            RawBytesSection.WarnWithout(id, reading);
            yield return new ChainConfig(new ChainId(id.Value), format, SignExtensions.Auto, BlockRule.Spec, null, null, id.At.Line);
        }
    }
}
