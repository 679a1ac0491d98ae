using Kms.Host.Config;
using Kms.Host.State;

namespace Kms.Host.Check;

/// <summary>Looks at what a [[chain]] names: its state file, its hook, and whether a validator asks for it.</summary>
internal static class ChainCheck
{
    /// <param name="config">The configuration.</param>
    /// <param name="searchPath">$PATH, for hooks without a folder.</param>
    /// <param name="findings">Where findings go.</param>
    public static void Run(KmsConfig config, string? searchPath, Findings findings)
    {
        foreach (var chain in config.Chains)
        {
            if (ChainStateFile.PathOf(chain) is { } stateFile && ChainStateFile.Read(stateFile, out var problem) is null && problem is not null)
                findings.Add(Severity.Error, chain.Line, "state_file", problem);
            if (chain.StateHook is { } hook) Hook(chain, hook, searchPath ?? "", findings);
            if (config.Validators.All(v => v.Options.Chain != chain.Id))
                findings.Add(Severity.Note, chain.Line, "id", $"chain {chain.Id} has no [[validator]]: nothing will ask for its signatures");
        }
    }

    private static void Hook(ChainConfig chain, StateHookConfig hook, string searchPath, Findings findings)
    {
        var program = hook.Command[0];
        var candidates = program.Contains('/') ? [program] : searchPath.Split(':', StringSplitOptions.RemoveEmptyEntries).Select(folder => Path.Combine(folder, program));
        if (candidates.Any(file => File.Exists(file) && PosixAccess.MayExecute(file))) return;

        var what = program.Contains('/')
            ? File.Exists(program) ? $"is not executable by this user: run `chmod +x {program}`" : "does not exist"
            : "is not in PATH: write its whole path";
        findings.Add(
            hook.FailClosed ? Severity.Error : Severity.Warning, chain.Line, "state_hook",
            $"the hook {program} {what}{(hook.FailClosed ? "; with fail_closed the signer will not start" : "")}");
    }
}
