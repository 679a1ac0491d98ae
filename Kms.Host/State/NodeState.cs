using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Core.Signing;
using Kms.Host.Config;
using Kms.Persistence.StateFiles;

namespace Kms.Host.State;

/// <summary>What a node signed with a key that is being imported, as its priv_validator_state.json says.</summary>
/// <param name="Claims">For the chains that sign with the key.</param>
/// <param name="Missing">Why nothing can be imported and what to do; null when something can.</param>
/// <param name="Error">Why the file must not be ignored; null when it can be used.</param>
internal sealed record NodeState(IReadOnlyList<(ChainId Chain, FloorClaim Claim)> Claims, string? Missing, string? Error)
{
    private const string FileName = "priv_validator_state.json";

    /// <summary>Looks beside the key, and where a node keeps it: <c>config/priv_validator_key.json</c>, <c>data/priv_validator_state.json</c>. Where
    /// both are there, either may be an old copy: both count.</summary>
    /// <param name="keyPath">The node's key file.</param>
    /// <param name="config">The configuration; null when there is none.</param>
    /// <param name="output">Where the key goes: the chains of the configuration with this path are meant.</param>
    /// <param name="key">The key.</param>
    public static NodeState Find(string keyPath, KmsConfig? config, string output, PublicKey key)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(keyPath))!;
        string[] places = [Path.Combine(folder, FileName), Path.GetFullPath(Path.Combine(folder, "..", "data", FileName))];
        var found = places.Where(Path.Exists).Distinct().ToList();
        if (found.Count == 0)
            return None($"there is no {FileName} beside {keyPath}: what was signed is not known. Run `tmkms state import --from FILE CHAIN` with the node's file");

        var files = found.Select(path => (Path: path, File: StateFile.Read(path, StateFormat.CometBft))).ToList();
        if (files.Select(f => f.File.Error).OfType<string>().FirstOrDefault() is { } unreadable)
            return new NodeState([], null, $"{unreadable}; without it nobody knows what was signed: mend it, or move it away");
        var chains = config?.SoftSignKeys.Where(k => Path.GetFullPath(k.Path) == Path.GetFullPath(output)).SelectMany(k => k.Chains).ToList() ?? [];
        return chains.Count == 0
            ? None($"{found[0]} was not imported: {(config is null ? "there is no configuration" : $"no chain of the configuration signs with {output}")}. "
                + $"Run `tmkms state import --from {found[0]} CHAIN`")
            : For(chains, [.. files.Select(f => (f.Path, f.File.States![0]))], key);
    }

    private static NodeState For(List<ChainId> chains, List<(string Path, RecordedState State)> states, PublicKey key)
    {
        var claims = new List<(ChainId, FloorClaim)>();
        foreach (var (chain, path, state) in chains.SelectMany(chain => states.Select(s => (chain, s.Path, s.State))))
        {
            if (RecordedStates.ClaimFor(state, chain, key, $"imported from {path}", out var error) is not { } claim)
                return new NodeState([], null, $"{path} cannot be imported into chain {chain}: {error}");
            claims.Add((chain, claim));
        }

        return new NodeState(claims, null, null);
    }

    private static NodeState None(string why) => new([], why, null);
}
