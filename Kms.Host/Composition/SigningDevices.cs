using Kms.Actors.Device;
using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Hardware.YubiHsm;
using Kms.Host.Config;

namespace Kms.Host.Composition;

/// <summary>The devices of a configuration, each tried and closed again: from now on it is its actor's.</summary>
internal sealed class SigningDevices : IDisposable
{
    private readonly List<TriedDevice> _tried = [];
    private readonly List<(YubiHsmConfig Section, IYubiHsmTransport Way)> _guests = [];
    private readonly Dictionary<ChainId, IConsensusSigner> _signers = [];
    private readonly List<DeviceRemark> _errors = [];
    private readonly List<DeviceRemark> _warnings = [];

    private SigningDevices() { }

    /// <summary>What the actors need.</summary>
    public IReadOnlyList<DeviceOptions> All => [.. _tried.Select(tried => new DeviceOptions(tried.Device, tried.Expected, tried.Link))];

    /// <summary>The signers of the chains whose keys are in devices.</summary>
    public IReadOnlyDictionary<ChainId, IConsensusSigner> Signers => _signers;

    /// <summary>The ways of other programs to the devices that have a connector_server.</summary>
    public IReadOnlyList<(YubiHsmConfig Section, IYubiHsmTransport Way)> Guests => _guests;

    /// <summary>Why the configuration cannot be used; nothing else here is of use then.</summary>
    public IReadOnlyList<DeviceRemark> Errors => _errors;

    /// <summary>The devices that cannot be used now, while others sign for all of their chains.</summary>
    public IReadOnlyList<DeviceRemark> Warnings => _warnings;

    /// <summary>Tries all devices, all at once.</summary>
    /// <param name="config">The configuration.</param>
    public static async Task<SigningDevices> OpenAsync(KmsConfig config)
    {
        var devices = new SigningDevices();
        var created = config.YubiHsms.Select(section => devices.TryCreate(config, section)).OfType<Task<TriedDevice>>().ToList();
        devices._tried.AddRange(await Task.WhenAll(created).ConfigureAwait(false));
        if (devices.Errors.Count > 0) return devices;
        foreach (var chain in config.Chains) devices.AddSigner(chain.Id, YubiHsmKeys.Of(config, chain.Id));
        if (devices.Errors.Count > 0) return devices;
        foreach (var tried in devices._tried.Where(tried => tried.Error is not null))
            devices._warnings.Add(new DeviceRemark(tried.Section, $"{tried.Error}; until then its chains have the other device alone"));
        return devices;
    }

    /// <summary>After the actors have stopped.</summary>
    public void Dispose()
    {
        foreach (var tried in _tried) tried.Device.Dispose();
    }

    // Null for a device that signs for no chain, and for one that was reported.
    private Task<TriedDevice>? TryCreate(KmsConfig config, YubiHsmConfig section)
    {
        var keys = config.Chains.SelectMany(chain => YubiHsmKeys.Of(config, chain.Id)).Where(use => use.Section == section).Select(use => use.Name).Distinct();
        if (!keys.Any()) return null;
        var name = YubiHsmKeys.NameOf(config, section);
        if (YubiHsmKeys.TryCreate(name, section, [.. keys], out var guests, out var error) is { } device)
        {
            if (guests is not null) _guests.Add((section, guests));
            return TryAsync(section, device);
        }

        _errors.Add(new DeviceRemark(section, $"{name}: {error}"));
        return null;
    }

    private static async Task<TriedDevice> TryAsync(YubiHsmConfig section, ISigningDevice device)
    {
        using var deadline = new CancellationTokenSource(DeviceTrial.Limit);
        var (keys, error) = await DeviceTrial.RunAsync(device, deadline.Token).ConfigureAwait(false);
        return new TriedDevice(section, error is null ? device : new UntriedDevice(device), keys, error);
    }

    // The order of the file is the order in which they are asked.
    private void AddSigner(ChainId chain, IReadOnlyList<YubiHsmKeyUse> uses)
    {
        var devices = uses.Select(use => (Use: use, Tried: _tried.Single(tried => tried.Section == use.Section))).ToList();
        var known = devices.Select(d => d.Tried.Found?[d.Use.Name.Name]).FirstOrDefault(key => key is not null);
        if (devices.Count == 0) return;
        if (known is null)
        {
            _errors.AddRange(devices.Select(d => new DeviceRemark(d.Use.Section, d.Tried.Error!)).Except(_errors));
            return;
        }

        var signers = devices.Select(d => d.Tried.SignerFor(d.Use.Name.Name, known)).ToList();
        var problem = signers.Contains(null) ? $"{uses[^1].Name.Name} of {devices[^1].Tried.Device.Name} stands for two different keys of the other device" : null;
        IConsensusSigner? signer = problem is null && signers.Count == 2 ? FailoverSigner.TryCreate(signers[0]!, signers[1]!, FailoverSigner.HalfOfTheDeadline, out problem) : signers[0];
        if (problem is not null) _errors.Add(new DeviceRemark(uses[^1].Section, $"chain {chain}: {problem}"));
        else _signers.Add(chain, signer!);
    }

    /// <summary>A device after its trial.</summary>
    private sealed record TriedDevice(YubiHsmConfig Section, ISigningDevice Device, IReadOnlyDictionary<DeviceKeyId, PublicKey>? Found, string? Error)
    {
        private readonly Dictionary<DeviceKeyId, PublicKey> _expected = [];

        public DeviceLink Link { get; } = new();

        /// <summary>What every session must have.</summary>
        public IReadOnlyDictionary<DeviceKeyId, PublicKey> Expected => _expected;

        /// <summary>A device that could not be opened must hold the key of the other one when it is opened. Null when it would have to hold two in one place.</summary>
        public DeviceSigner? SignerFor(DeviceKeyId key, PublicKey known)
        {
            var expected = Found?[key] ?? known;
            return _expected.TryAdd(key, expected) || _expected[key] == expected ? new DeviceSigner(Link, Device.Name, key, expected) : null;
        }
    }
}

/// <summary>What is to be said of a device.</summary>
/// <param name="Section">Its section.</param>
/// <param name="Sentence">What is wrong and what to do.</param>
internal sealed record DeviceRemark(YubiHsmConfig Section, string Sentence);
