using Kms.Actors.Validator;
using Kms.Hardware.Ledger;

namespace Kms.Host.Config;

/// <summary>What no section can see alone: chains, keys and validators must belong together. A chain with two keys, or a key for a chain that
/// nobody registered, is a mistake that would be found out by missed blocks.</summary>
internal static class CrossChecks
{
    /// <summary>One section per chain, one key per chain (or the same one in two YubiHSMs), one connection per node and chain.</summary>
    public static void EachOnce(
        IReadOnlyList<Located<string>> chains,
        IReadOnlyList<KeyUse> keys,
        IReadOnlyList<(Located<string> Chain, Located<ValidatorAddress>? Address)> validators,
        ConfigErrors errors)
    {
        foreach (var (again, first) in Repeated(chains, c => c.Value))
            errors.Add(again.At, $"chain ID already registered: {again.Value} (first at line {first.At.Line})");

        foreach (var (again, first) in Repeated(keys, k => (k.Chain.Value, k.Purpose)).Where(pair => !IsInTwoDevices(pair.Again, keys)))
        {
            var purpose = again.Purpose == KeyPurpose.Consensus ? "consensus" : "account";
            errors.Add(again.Chain.At, $"chain {again.Chain.Value} has two {purpose} keys (the first at line {first.Chain.At.Line}): keep one");
        }

        foreach (var (again, first) in Repeated([.. validators.Where(v => v.Address is not null)], v => (v.Chain.Value, v.Address!.Value)))
        {
            errors.Add(
                again.Address!.At,
                $"validator {again.Chain.Value}@{again.Address.Value} is configured twice (first at line {first.Address!.At.Line}): "
                + "a second connection adds nothing");
        }
    }

    /// <summary>A device cannot be in two sections: they would take each other's sessions, and one is no second one to fall back on.</summary>
    public static void EachDeviceOnce(IReadOnlyList<YubiHsmConfig> devices, Reading reading)
    {
        var onUsb = devices.Where(device => device.Adapter is YubiHsmAdapter.Usb).ToList();
        foreach (var any in onUsb.Where(device => onUsb.Count > 1 && device.SerialNumber is null))
            reading.Errors.Add(reading.PlaceOf(any.Line, "adapter"), "there are several YubiHSMs on USB: name this one with serial_number = \"0123456789\"");

        foreach (var (again, first) in Repeated([.. onUsb.Where(device => device.SerialNumber is not null)], device => device.SerialNumber))
            reading.Errors.Add(reading.PlaceOf(again.Line, "serial_number"), Again(first));
        foreach (var (again, first) in Repeated([.. devices.Except(onUsb)], device => ((YubiHsmAdapter.Http)device.Adapter) with { Timeout = default }))
            reading.Errors.Add(reading.PlaceOf(again.Line, "adapter"), Again(first));

        foreach (var (again, first) in Repeated([.. devices.Where(device => device.ConnectorServer is not null)], device => device.ConnectorServer!.Listen))
            reading.Errors.Add(
                reading.PlaceOf(again.Line, "connector_server"), $"connector_server of line {first.Line} listens on {first.ConnectorServer!.Listen} too: choose another port here");

        // Frames would go in a circle, and nobody has the device.
        foreach (var (device, server) in devices.SelectMany(device => devices.Where(server => LeadsTo(device, server)).Select(server => (device, server))))
            reading.Errors.Add(
                reading.PlaceOf(device.Line, "adapter"),
                $"adapter leads to connector_server of line {server.Line}, which is this program's own: write adapter = {{ type = \"usb\" }}, or another port there");

        static string Again(YubiHsmConfig first) =>
            $"this is the YubiHSM of line {first.Line} again: name all keys of one device in one section, and another device here";
    }

    /// <summary>What the app of a Ledger cannot do for its chains.</summary>
    public static void LedgerLimits(IReadOnlyList<ChainConfig> chains, LedgerConfig? ledger, Reading reading)
    {
        if (ledger is null) return;
        var at = reading.PlaceOf(ledger.Line, "chain_ids");
        if (ledger.Chains.Distinct().Count() > 1)
            reading.Warnings.Add(
                at, "the Ledger app has one height, round and step for all chains, and refuses to sign below it: give each chain a device of its own");
        foreach (var chain in chains.Where(chain => ledger.Chains.Contains(chain.Id)))
        {
            foreach (var warning in AppLimits.Warnings(chain.Id)) reading.Warnings.Add(at, warning);
            if (chain.SignExtensions == SignExtensions.Always)
                reading.Errors.Add(
                    reading.PlaceOf(chain.Line, "sign_extensions"), $"the Ledger of chain {chain.Id} cannot sign vote extensions: leave sign_extensions out "
                    + "where the chain has none, else use another provider");
            if (chain.SignRawBytes is not null)
                reading.Errors.Add(
                    reading.PlaceOf(chain.Line, "sign_raw_bytes"), $"the Ledger of chain {chain.Id} cannot sign raw bytes: write sign_raw_bytes = false, "
                    + "or use another provider where the node needs them");
        }
    }

    /// <summary>Whatever names a chain names a registered one.</summary>
    public static void Registered(IReadOnlyList<Located<string>> chains, IReadOnlyList<Located<string>> uses, ConfigErrors errors)
    {
        foreach (var use in uses.Where(use => chains.All(c => c.Value != use.Value)))
            errors.Add(use.At, $"unregistered chain: {use.Value} (add it to tmkms.toml's [[chain]] section)");
    }

    /// <summary>A chain that cannot sign is not started.</summary>
    public static void EveryChainHasAKey(IReadOnlyList<Located<string>> chains, IReadOnlyList<KeyUse> keys, ConfigErrors errors)
    {
        foreach (var chain in chains.DistinctBy(c => c.Value).Where(chain => keys.All(k => k.Chain.Value != chain.Value)))
            errors.Add(chain.At, $"chain {chain.Value} has no key: add [[providers.softsign]] with chain_ids = [\"{chain.Value}\"] and path");
    }

    /// <summary>Two chains in one state file would each take the other's heights for their own.</summary>
    public static void EachStateFileOnce(IReadOnlyList<ChainConfig> chains, Reading reading)
    {
        // Relative paths stand for one directory, whichever that is.
        foreach (var (again, first) in Repeated(chains, chain => Path.GetFullPath(chain.StateFile ?? chain.DefaultStateFile, "/working-directory")))
        {
            if (again.Id == first.Id) continue;
            var at = reading.PlaceOf(again.Line, "state_file");
            var where = first.StateFile is null ? "by default" : $"at line {reading.PlaceOf(first.Line, "state_file").Line}";
            reading.Errors.Add(at, $"chain {again.Id} has the state_file of chain {first.Id} ({where}): each chain needs its own");
        }
    }

    private static bool LeadsTo(YubiHsmConfig device, YubiHsmConfig server) =>
        device.Adapter is YubiHsmAdapter.Http http && server.ConnectorServer is { } own && http.Port == own.Port
        && (http.Host == own.Host || (http.Host == "localhost" && System.Net.IPAddress.IsLoopback(own.Listen.Address)));

    // The second signs when the first does not.
    private static bool IsInTwoDevices(KeyUse use, IReadOnlyList<KeyUse> keys)
    {
        var all = keys.Where(k => k.Chain.Value == use.Chain.Value && k.Purpose == use.Purpose).ToList();
        return all.Count == 2 && all.All(k => k.YubiHsmLine is not null) && all[0].YubiHsmLine != all[1].YubiHsmLine;
    }

    private static IEnumerable<(T Again, T First)> Repeated<T, TKey>(IReadOnlyList<T> items, Func<T, TKey> key) =>
        items.GroupBy(key).SelectMany(group => group.Skip(1).Select(again => (again, group.First())));
}
