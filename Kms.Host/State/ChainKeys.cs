using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Hardware.SoftSign;
using Kms.Host.Config;

namespace Kms.Host.State;

/// <summary>The public key of a chain for commands that do not sign.</summary>
internal static class ChainKeys
{
    /// <summary>The key; null when it is not in a file of this host, or cannot be read now.</summary>
    public static PublicKey? TryRead(KmsConfig config, ChainId chain)
    {
        var key = config.SoftSignKeys.FirstOrDefault(key => key.Chains.Contains(chain));
        if (key is null || !SoftSignKeyFile.TryLoad(key.Path, key.Format, key.Algorithm, out var signer, out _)) return null;
        using (signer) return signer.PublicKey;
    }
}
