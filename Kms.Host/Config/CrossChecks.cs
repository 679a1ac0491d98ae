using Kms.Actors.Validator;

namespace Kms.Host.Config;

/// <summary>What no section can see alone: chains, keys and validators must belong together. A chain with two keys, or a key for a chain that
/// nobody registered, is a mistake that would be found out by missed blocks.</summary>
internal static class CrossChecks
{
    /// <summary>One section per chain, one key per chain, one connection per node and chain.</summary>
    public static void EachOnce(
        IReadOnlyList<Located<string>> chains,
        IReadOnlyList<Located<string>> keys,
        IReadOnlyList<(Located<string> Chain, Located<ValidatorAddress>? Address)> validators,
        ConfigErrors errors)
    {
        foreach (var (again, first) in Repeated(chains, c => c.Value))
            errors.Add(again.At, $"chain ID already registered: {again.Value} (first at line {first.At.Line})");

        foreach (var (again, first) in Repeated(keys, k => k.Value))
            errors.Add(again.At, $"chain {again.Value} has two consensus keys (the first at line {first.At.Line}): keep one");

        foreach (var (again, first) in Repeated([.. validators.Where(v => v.Address is not null)], v => (v.Chain.Value, v.Address!.Value)))
        {
            errors.Add(
                again.Address!.At,
                $"validator {again.Chain.Value}@{again.Address.Value} is configured twice (first at line {first.Address!.At.Line}): "
                + "a second connection adds nothing");
        }
    }

    /// <summary>Whatever names a chain names a registered one.</summary>
    public static void Registered(IReadOnlyList<Located<string>> chains, IReadOnlyList<Located<string>> uses, ConfigErrors errors)
    {
        foreach (var use in uses.Where(use => chains.All(c => c.Value != use.Value)))
            errors.Add(use.At, $"unregistered chain: {use.Value} (add it to tmkms.toml's [[chain]] section)");
    }

    /// <summary>A chain that cannot sign is not started.</summary>
    public static void EveryChainHasAKey(IReadOnlyList<Located<string>> chains, IReadOnlyList<Located<string>> keys, ConfigErrors errors)
    {
        foreach (var chain in chains.DistinctBy(c => c.Value).Where(chain => keys.All(k => k.Value != chain.Value)))
            errors.Add(chain.At, $"chain {chain.Value} has no key: add [[providers.softsign]] with chain_ids = [\"{chain.Value}\"] and path");
    }

    private static IEnumerable<(T Again, T First)> Repeated<T, TKey>(IReadOnlyList<T> items, Func<T, TKey> key) =>
        items.GroupBy(key).SelectMany(group => group.Skip(1).Select(again => (again, group.First())));
}
