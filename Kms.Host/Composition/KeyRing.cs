using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Hardware.SoftSign;
using Kms.Host.Config;
using Kms.Protocol.SecretConnection;

namespace Kms.Host.Composition;

/// <summary>The keys of the configuration in force. A key is opened before anything that uses it starts, so that a missing one is not found at
/// the first signature; it is closed after the last chain or connection that used it has stopped (<see cref="KeepOnly"/>), or at the end of
/// the program. A file is read once: another key in the same file takes effect at a restart.</summary>
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
        if (ring.TryAdd(config.SoftSignKeys, config.Validators, out errors)) return ring;
        ring.Dispose();
        return null;
    }

    /// <summary>Opens the keys of new chains and connections; an identity that is open already is not opened again.</summary>
    /// <param name="keys">Consensus keys, each for chains that have none yet.</param>
    /// <param name="validators">Connections.</param>
    /// <param name="errors">One sentence for each key that cannot be used.</param>
    /// <returns>Whether all are open; if not, none was added.</returns>
    public bool TryAdd(IEnumerable<SoftSignKeyConfig> keys, IEnumerable<ValidatorConfig> validators, out IReadOnlyList<string> errors)
    {
        using var opened = new KeyRing();
        var found = new List<string>();
        foreach (var key in keys)
        {
            if (SoftSignKeyFile.TryLoad(key.Path, key.Format, key.Algorithm, out var signer, out var error))
                foreach (var chain in key.Chains) opened._signers.Add(chain, signer);
            else
                found.Add(error);
        }

        foreach (var path in validators.Select(v => v.SecretKeyPath).OfType<string>().Distinct().Where(path => !_identities.ContainsKey(path)))
        {
            if (IdentityKeyFile.TryLoad(path, out var identity, out var error)) opened._identities.Add(path, identity);
            else found.Add(error);
        }

        errors = found;
        if (found.Count == 0) opened.MoveTo(this);
        return found.Count == 0;
    }

    /// <summary>Takes over signers whose keys are in devices.</summary>
    /// <param name="signers">Each for a chain that has none yet.</param>
    public void Add(IReadOnlyDictionary<ChainId, IConsensusSigner> signers)
    {
        foreach (var (chain, signer) in signers) _signers.Add(chain, signer);
    }

    /// <summary>Closes every key that a configuration does not name.</summary>
    /// <param name="config">The configuration in force; nothing else runs any more.</param>
    public void KeepOnly(KmsConfig config)
    {
        using var closing = new KeyRing();
        foreach (var chain in _signers.Keys.Where(chain => config.Chains.All(c => c.Id != chain)).ToList())
        {
            _signers.Remove(chain, out var signer);
            if (!_signers.ContainsValue(signer!)) closing._signers.Add(chain, signer!);
        }

        foreach (var path in _identities.Keys.Where(path => config.Validators.All(v => v.SecretKeyPath != path)).ToList())
        {
            _identities.Remove(path, out var identity);
            closing._identities.Add(path, identity!);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var signer in _signers.Values.Distinct()) signer.Dispose();
        foreach (var identity in _identities.Values) identity.Dispose();
        _signers.Clear();
        _identities.Clear();
    }

    private void MoveTo(KeyRing other)
    {
        foreach (var (chain, signer) in _signers) other._signers.Add(chain, signer);
        foreach (var (path, identity) in _identities) other._identities.Add(path, identity);
        _signers.Clear();
        _identities.Clear();
    }
}
