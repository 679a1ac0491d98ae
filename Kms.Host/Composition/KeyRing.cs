using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Hardware.SoftSign;
using Kms.Host.Config;
using Kms.Protocol.SecretConnection;

namespace Kms.Host.Composition;

/// <summary>All keys of a configuration, opened at start so that a missing one is not found at the first signature.</summary>
public sealed class KeyRing : IDisposable
{
    private readonly Dictionary<ChainId, IConsensusSigner> _signers = [];
    private readonly Dictionary<string, IdentityKey> _identities = [];

    private KeyRing() { }

    /// <summary>The consensus key of each chain.</summary>
    public IReadOnlyDictionary<ChainId, IConsensusSigner> Signers => _signers;

    /// <summary>The identity keys, by the path of their file.</summary>
    public IReadOnlyDictionary<string, IdentityKey> Identities => _identities;

    /// <summary>Opens every key file.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="errors">One sentence for each key that cannot be used.</param>
    /// <returns>The keys; null when there are errors.</returns>
    public static KeyRing? Open(KmsConfig config, out IReadOnlyList<string> errors)
    {
        var ring = new KeyRing();
        var found = new List<string>();
        foreach (var key in config.SoftSignKeys)
        {
            if (SoftSignKeyFile.TryLoad(key.Path, key.Format, out var signer, out var error))
                foreach (var chain in key.Chains) ring._signers.Add(chain, signer);
            else
                found.Add(error);
        }

        foreach (var path in config.Validators.Select(v => v.SecretKeyPath).OfType<string>().Distinct())
        {
            if (IdentityKeyFile.TryLoad(path, out var identity, out var error)) ring._identities.Add(path, identity);
            else found.Add(error);
        }

        errors = found;
        if (found.Count == 0) return ring;
        ring.Dispose();
        return null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var signer in _signers.Values.Distinct()) signer.Dispose();
        foreach (var identity in _identities.Values) identity.Dispose();
    }
}
