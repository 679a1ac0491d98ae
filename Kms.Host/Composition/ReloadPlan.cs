using Kms.Core.Consensus;
using Kms.Host.Config;

namespace Kms.Host.Composition;

/// <summary>What leads from one configuration to another while the signer runs. Pure.</summary>
/// <param name="RemoveValidators">Connections to end; a changed one is also in <paramref name="AddValidators"/>.</param>
/// <param name="AddValidators">Connections to start.</param>
/// <param name="RemoveChains">Chains to stop.</param>
/// <param name="AddChains">Chains to start.</param>
/// <param name="AddKeys">The consensus keys of the new chains, each for these alone.</param>
/// <param name="NeedsRestart">What no running signer changes, one sentence each; when there is one, nothing is changed.</param>
public sealed record ReloadPlan(
    IReadOnlyList<ValidatorConfig> RemoveValidators,
    IReadOnlyList<ValidatorConfig> AddValidators,
    IReadOnlyList<ChainConfig> RemoveChains,
    IReadOnlyList<ChainConfig> AddChains,
    IReadOnlyList<SoftSignKeyConfig> AddKeys,
    IReadOnlyList<string> NeedsRestart)
{
    // Compared one by one, or of no effect.
    private static readonly string[] Compared = ["chains", "validators", "soft_sign_keys", "warnings"];

    /// <summary>Whether the two say the same.</summary>
    public bool IsEmpty => RemoveValidators.Count + AddValidators.Count + RemoveChains.Count + AddChains.Count + NeedsRestart.Count == 0;

    /// <summary>Compares two configurations.</summary>
    /// <param name="old">The one in force.</param>
    /// <param name="new">The one to come, validated.</param>
    public static ReloadPlan Between(KmsConfig old, KmsConfig @new)
    {
        var added = @new.Chains.Where(c => old.Chains.All(o => o.Id != c.Id)).ToList();
        var addedIds = added.Select(c => c.Id).ToHashSet();
        return new ReloadPlan(
            [.. old.Validators.Where(v => !@new.Validators.Any(n => Differences.AreSame(v, n)))],
            [.. @new.Validators.Where(n => !old.Validators.Any(v => Differences.AreSame(v, n)))],
            [.. old.Chains.Where(c => @new.Chains.All(n => n.Id != c.Id))],
            added,
            [.. @new.SoftSignKeys.Select(k => k with { Chains = [.. k.Chains.Where(addedIds.Contains)] }).Where(k => k.Chains.Count > 0)],
            [.. Restarts(old, @new)]);
    }

    /// <summary>What is done, one line each.</summary>
    public IEnumerable<string> Describe()
    {
        foreach (var chain in AddChains) yield return $"chain {chain.Id} added";
        foreach (var chain in RemoveChains) yield return $"chain {chain.Id} removed";
        foreach (var validator in AddValidators)
            yield return RemoveValidators.FirstOrDefault(r => IsOneConnection(r, validator)) is { } before
                ? $"validator {validator.Options} changed ({string.Join(", ", Changes(before, validator))})"
                : $"validator {validator.Options} added";
        foreach (var validator in RemoveValidators.Where(r => !AddValidators.Any(a => IsOneConnection(r, a))))
            yield return $"validator {validator.Options} removed";
    }

    private static IEnumerable<string> Restarts(KmsConfig old, KmsConfig @new)
    {
        foreach (var (before, after) in old.Chains.Join(@new.Chains, o => o.Id, n => n.Id, (o, n) => (o, n)))
        {
            if (Differences.Between(before, after) is { Count: > 0 } keys)
                yield return Restart(after.Line, $"{string.Join(", ", keys)} of chain {after.Id}");
            var (was, @is) = (KeyOf(old, before.Id), KeyOf(@new, after.Id));
            if (!Differences.AreSame(was, @is)) yield return Restart(@is?.Line ?? after.Line, $"the consensus key of chain {after.Id}");
        }

        foreach (var section in Differences.Between(old, @new).Except(Compared)) yield return $"{section} changed, which takes effect only at a restart";
    }

    private static string Restart(int line, string what) => $"line {line}: {what} changed, which takes effect only at a restart";

    // Whatever other chains it signs for.
    private static SoftSignKeyConfig? KeyOf(KmsConfig config, ChainId chain) =>
        config.SoftSignKeys.FirstOrDefault(k => k.Chains.Contains(chain)) is { } key ? key with { Chains = [chain] } : null;

    private static bool IsOneConnection(ValidatorConfig a, ValidatorConfig b) =>
        a.Options.Chain == b.Options.Chain && a.Options.Address == b.Options.Address;

    private static IEnumerable<string> Changes(ValidatorConfig before, ValidatorConfig after) =>
        Differences.Between(before.Options, after.Options).Concat(Differences.Between(before, after).Where(name => name != "options"));
}
