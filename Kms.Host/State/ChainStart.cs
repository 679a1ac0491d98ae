using Kms.Actors.Chain;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Host.Composition;
using Kms.Host.Config;

namespace Kms.Host.State;

/// <summary>What is known about a chain besides its journal when it starts: its state_file and what its state_hook tells.</summary>
/// <param name="Claims">For the chain to take the maximum of.</param>
/// <param name="Mirror">Keeps the state_file; null when the chain has none.</param>
/// <param name="Remarks">For the log.</param>
internal sealed record ChainStart(IReadOnlyList<FloorClaim> Claims, IWatermarkMirror? Mirror, IReadOnlyList<string> Remarks)
{
    /// <summary>A hook that is this many heights above the journal, or more, is not believed (tmkms src/chain/state.rs, BLOCK_HEIGHT_SANITY_LIMIT).</summary>
    private const long MaxHookDelta = 9_000;

    /// <summary>Reads the files and runs the hooks, all at once.</summary>
    /// <param name="chains">The chains that start.</param>
    /// <param name="cancel">Ends the hooks.</param>
    /// <returns>What was found for each chain in order; or every reason why the signer must not start.</returns>
    public static async Task<(IReadOnlyList<ChainStart>? Starts, IReadOnlyList<string> Errors)> PrepareAsync(
        IReadOnlyList<ChainConfig> chains, CancellationToken cancel)
    {
        var found = await Task.WhenAll(chains.Select(chain => PrepareAsync(chain, cancel))).ConfigureAwait(false);
        var errors = found.SelectMany(f => f.Errors).ToList();
        return (errors.Count == 0 ? [.. found.Select(f => f.Start)] : null, errors);
    }

    /// <summary>Why the journal alone does not tell what was signed: the state file says more. Null when it does not.</summary>
    /// <param name="chain">The chain.</param>
    /// <param name="watermark">What its journal says.</param>
    public static string? StateFileSaysMore(ChainConfig chain, Watermark watermark)
    {
        if (ChainStateFile.PathOf(chain) is not { } path) return null;
        var state = ChainStateFile.Read(path, out var problem);
        if (problem is not null || state is null) return problem;
        var claim = RecordedStates.ClaimFor(state, chain.Id, null, path, out _)!;
        return claim.Against(watermark, chain.Id, out _) is null
            ? null
            : $"the state file {path} is at {claim.Floor}, but chain {chain.Id} is recorded at {watermark.Floor}: "
                + $"start the signer once, which takes the higher, or run `tmkms state import --format tmkms --from {path} {chain.Id}`";
    }

    private static async Task<(ChainStart Start, List<string> Errors)> PrepareAsync(ChainConfig chain, CancellationToken cancel)
    {
        var (claims, remarks, errors) = (new List<FloorClaim>(), new List<string>(), new List<string>());
        var mirror = ReadStateFile(chain, claims, remarks, errors);
        if (chain.StateHook is { } hook && errors.Count == 0)
        {
            var result = await StateHook.RunAsync(hook, cancel).ConfigureAwait(false);
            if (result.Height is { } height)
                claims.Add(new FloorClaim(Hrs.EndOf(height), $"state_hook: latest block height {height}") { MaxDelta = MaxHookDelta, BeginsHistory = false });
            else if (hook.FailClosed)
                errors.Add($"state_hook of chain {chain.Id}: {result.Error}; with fail_closed = true the signer does not start without it");
            else
                remarks.Add($"state_hook of chain {chain.Id}: {result.Error}; going on with what is recorded");
        }

        return (new ChainStart(claims, mirror, remarks), errors);
    }

    private static StateFileMirror? ReadStateFile(ChainConfig chain, List<FloorClaim> claims, List<string> remarks, List<string> errors)
    {
        if (ChainStateFile.PathOf(chain) is not { } path) return null;
        var state = ChainStateFile.Read(path, out var problem);
        if (problem is not null) errors.Add(problem);

        // tmkms makes such a file for any key, whatever it has signed.
        if (state is { IsFresh: true }) remarks.Add($"state_file {path} is at height 0, which tells nothing about what chain {chain.Id} signed");
        else if (state is not null) claims.Add(RecordedStates.ClaimFor(state, chain.Id, null, $"state_file {Path.GetFullPath(path)}", out _)!);
        return new StateFileMirror(path, state);
    }
}
