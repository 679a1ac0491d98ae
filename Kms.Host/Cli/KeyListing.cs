using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Hardware.SoftSign;
using Kms.Host.Composition;
using Kms.Host.Config;
using Kms.Protocol.KeyEncoding;

namespace Kms.Host.Cli;

/// <summary>Opens the keys of a configuration one by one, to show them: one that cannot be opened does not hide the others.</summary>
/// <param name="Keys">The keys that could be opened, in the order of the file.</param>
/// <param name="Errors">A sentence for each that could not.</param>
internal sealed record KeyListing(IReadOnlyList<ShownKey> Keys, IReadOnlyList<string> Errors)
{
    /// <summary>The keys of a configuration.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="shown">Which of its chains.</param>
    /// <param name="isRunning">Whether a signer has the devices, which are then left alone; asked only when a key is in one.</param>
    public static async Task<KeyListing> OfAsync(KmsConfig config, IReadOnlyList<ChainId> shown, Func<Task<bool>> isRunning)
    {
        var keys = new List<ShownKey>();
        var errors = new List<string>();
        var inDevices = config with
        {
            Ledger = null,
            Chains = [.. config.Chains.Where(chain => shown.Contains(chain.Id) && YubiHsmKeys.Of(config, chain.Id).Count > 0)],
        };
        var isTaken = inDevices.Chains.Count > 0 && await isRunning();
        using var devices = inDevices.Chains.Count > 0 && !isTaken ? await SigningDevices.OpenAsync(inDevices) : null;
        foreach (var chain in config.Chains.Where(chain => shown.Contains(chain.Id)))
        {
            var nodes = Nodes(config, chain.Id, errors);
            if (devices is not null && devices.Signers.TryGetValue(chain.Id, out var device))
                keys.Add(new ShownKey(chain.Id.ToString(), device.Provider, device.PublicKey, Prefix(chain), nodes));
            else if (inDevices.Chains.Contains(chain))
                errors.AddRange(devices is null ? [Taken(chain.Id)] : devices.Errors.Select(error => error.Sentence));
            else if (config.SoftSignKeys.FirstOrDefault(key => key.Chains.Contains(chain.Id)) is not { } key)
                errors.Add(Elsewhere(config, chain.Id));
            else if (!SoftSignKeyFile.TryLoad(key.Path, key.Format, key.Algorithm, out var signer, out var error))
                errors.Add(error);
            else
                using (signer) keys.Add(new ShownKey(chain.Id.ToString(), signer.Provider, signer.PublicKey, Prefix(chain), nodes));
        }

        return new KeyListing(keys, [.. errors.Distinct()]);
    }

    /// <summary>The key of one file: as a consensus key, and its ids in case it is an identity key, which is Ed25519.</summary>
    public static KeyListing OfFile(string path, SoftSignKeyFormat format, KeyAlgorithm? algorithm)
    {
        if (!SoftSignKeyFile.TryLoad(path, format, algorithm, out var signer, out var error)) return new KeyListing([], [error]);
        using (signer)
        {
            IReadOnlyList<(string, PublicKey)> nodes = signer.PublicKey.Algorithm == KeyAlgorithm.Ed25519 ? [("", signer.PublicKey)] : [];
            return new KeyListing([new ShownKey(null, signer.Provider, signer.PublicKey, ShownKey.DefaultPrefix, nodes)], []);
        }
    }

    /// <summary>The bech32 prefix of a chain's consensus keys.</summary>
    public static string Prefix(ChainConfig chain) => chain.KeyFormat is KeyFormat.Bech32 bech32 ? bech32.ConsensusPrefix : ShownKey.DefaultPrefix;

    private static string Taken(ChainId chain) =>
        $"the key of chain {chain} is in a YubiHSM, which the running signer has: its log names the key ([keyring:yubihsm] added …), "
        + "and `tmkms yubihsm keys list` goes through a signer with connector_server";

    private static string Elsewhere(KmsConfig config, ChainId chain) => config.Ledger?.Chains.Contains(chain) == true
        ? $"the key of chain {chain} is in a Ledger: run tmkms ledger show"
        : $"the key of chain {chain} is with a provider that is not part of this build yet";

    private static List<(string, PublicKey)> Nodes(KmsConfig config, ChainId chain, List<string> errors)
    {
        var nodes = new List<(string, PublicKey)>();
        foreach (var validator in config.Validators.Where(v => v.Options.Chain == chain && v.SecretKeyPath is not null))
        {
            if (!IdentityKeyFile.TryLoad(validator.SecretKeyPath!, out var identity, out var error)) errors.Add(error);
            else using (identity) nodes.Add((validator.Options.Address.ToString()!, identity.PublicKey));
        }

        return nodes;
    }
}
