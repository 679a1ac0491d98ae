using Kms.Actors.Device;
using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Hardware.Ledger;
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

    /// <summary>What a Ledger wants of its operator.</summary>
    public LedgerLog LedgerLog { get; } = new();

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
        var created = config.YubiHsms.Select(section => devices.TryCreate(config, section)).Append(devices.TryCreate(config.Ledger))
            .OfType<Task<TriedDevice>>().ToList();
        devices._tried.AddRange(await Task.WhenAll(created).ConfigureAwait(false));
        if (devices.Errors.Count > 0) return devices;
        foreach (var chain in config.Chains) devices.AddSigner(chain.Id, UsesOf(config, chain.Id));
        if (devices.Errors.Count > 0) return devices;
        foreach (var tried in devices._tried.Where(tried => tried.Error is not null))
            devices._warnings.Add(tried.Remark($"{tried.Error}; until then its chains have the other device alone"));
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
            return TryAsync(section.Line, "adapter", device);
        }

        _errors.Add(YubiHsmKeys.Remark(section, $"{name}: {error}"));
        return null;
    }

    private Task<TriedDevice>? TryCreate(LedgerConfig? section) =>
        section is null ? null : TryAsync(section.Line, "transport", LedgerDevices.Create(section, LedgerLog));

    private static async Task<TriedDevice> TryAsync(int line, string tomlKey, ISigningDevice device)
    {
        using var deadline = new CancellationTokenSource(DeviceTrial.Limit);
        var (keys, error) = await DeviceTrial.RunAsync(device, deadline.Token).ConfigureAwait(false);
        return new TriedDevice(line, tomlKey, device, keys, error);
    }

    private static IReadOnlyList<KeyInDevice> UsesOf(KmsConfig config, ChainId chain) =>
        config.Ledger is { } ledger && ledger.Chains.Contains(chain)
            ? [new KeyInDevice(ledger.Line, LedgerDevice.Key)]
            : [.. YubiHsmKeys.Of(config, chain).Select(use => new KeyInDevice(use.Section.Line, use.Name.Name))];

    // The order of the file is the order in which they are asked.
    private void AddSigner(ChainId chain, IReadOnlyList<KeyInDevice> uses)
    {
        var devices = uses.Select(use => (use.Key, Tried: _tried.Single(tried => tried.Line == use.Line))).ToList();
        var known = devices.Select(d => d.Tried.Found?[d.Key]).FirstOrDefault(key => key is not null);
        if (devices.Count == 0) return;
        if (known is null)
        {
            _errors.AddRange(devices.Select(d => d.Tried.Remark(d.Tried.Error!)).Except(_errors));
            return;
        }

        var (lastKey, last) = devices[^1];
        var signers = devices.Select(d => d.Tried.SignerFor(d.Key, known)).ToList();
        var problem = signers.Contains(null) ? $"{lastKey} of {last.Device.Name} stands for two different keys of the other device" : null;
        IConsensusSigner? signer = problem is null && signers.Count == 2
            ? FailoverSigner.TryCreate(signers[0]!, signers[1]!, FailoverSigner.HalfOfTheDeadline, out problem)
            : signers[0];
        if (problem is not null) _errors.Add(last.Remark($"chain {chain}: {problem}"));
        else _signers.Add(chain, signer!);
    }

    /// <summary>A key that signs for a chain.</summary>
    /// <param name="Line">Where the section of its device begins.</param>
    /// <param name="Key">Its name in the device.</param>
    private readonly record struct KeyInDevice(int Line, DeviceKeyId Key);

    /// <summary>A device after its trial.</summary>
    /// <param name="Line">Where its section begins.</param>
    /// <param name="TomlKey">What of the section remarks are about.</param>
    /// <param name="Device">The device.</param>
    /// <param name="Found">Its public keys; null when it cannot be used.</param>
    /// <param name="Error">Why not.</param>
    private sealed record TriedDevice(int Line, string TomlKey, ISigningDevice Device, IReadOnlyDictionary<DeviceKeyId, PublicKey>? Found, string? Error)
    {
        private readonly Dictionary<DeviceKeyId, PublicKey> _expected = [];

        public DeviceLink Link { get; } = new();

        public DeviceRemark Remark(string sentence) => new(Line, TomlKey, sentence);

        /// <summary>What every session must have.</summary>
        public IReadOnlyDictionary<DeviceKeyId, PublicKey> Expected => _expected;

        /// <summary>A device that could not be opened must hold the key of the other one when it is opened. Null when it would have to hold two in one place.</summary>
        public DeviceSigner? SignerFor(DeviceKeyId key, PublicKey known)
        {
            var expected = Found?[key] ?? known;
            return _expected.TryAdd(key, expected) || _expected[key] == expected
                ? new DeviceSigner(Link, Device.Name, key, expected, Device.SignsOnlyVotes)
                : null;
        }
    }
}

/// <summary>What is to be said of a device.</summary>
/// <param name="Line">Where its section begins, from 1.</param>
/// <param name="Key">The key of the section that it is about.</param>
/// <param name="Sentence">What is wrong and what to do.</param>
internal sealed record DeviceRemark(int Line, string Key, string Sentence);
