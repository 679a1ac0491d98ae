using Kms.Actors.Chain;
using Kms.Host.Composition;
using Kms.Host.Config;
using Kms.Host.State;
using Kms.Persistence.Journal;

namespace Kms.Host.Check;

/// <summary>Looks at the journal without touching it: can it be used, and has each chain a recorded state?</summary>
internal static class JournalCheck
{
    public static void Run(KmsConfig config, string configPath, string? akkaPath, Findings findings)
    {
        if (AkkaSettings.Load(configPath, akkaPath, out var error) is not { } hocon)
        {
            findings.AddForFile(Severity.Error, error!);
            return;
        }

        var report = JournalExamination.Look(hocon);
        foreach (var problem in report.Problems) findings.AddForFile(Severity.Error, problem);
        if (report.Path is not { } path) return;

        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var existing = Existing(folder);
        if (Directory.Exists(path) || !Directory.Exists(existing))
            findings.AddForFile(Severity.Error, Directory.Exists(path) ? $"the journal {path} is a directory: move it away" : $"{existing} is a file, where the journal needs a folder: move it away");
        else if (!PosixAccess.MayChange(existing))
            findings.AddForFile(Severity.Error, $"the folder {existing} of the journal cannot be written by this user: change its owner or mode");
        else if (!report.Exists)
            findings.AddForFile(Severity.Note, $"the journal {path} does not exist yet: it will be created at start");
        if (report.Problems.Count == 0) Histories(config, report, findings);
    }

    private static void Histories(KmsConfig config, JournalReport report, Findings findings)
    {
        foreach (var chain in config.Chains.Where(chain => !report.Recorded.Contains(ChainStateActor.PersistenceIdOf(chain.Id))))
        {
            if (HasStateFile(chain)) continue;
            findings.Add(
                Severity.Note, chain.Line, "id",
                chain.AdoptFreshState
                    ? $"chain {chain.Id} has no recorded state: it will take the first requested height for its floor and sign from the next one on"
                    : $"chain {chain.Id} has no recorded state and will not sign: run `tmkms state init {chain.Id}` for a key that never signed, "
                        + $"or `tmkms state import --from FILE {chain.Id}` for one that did");
        }
    }

    // Missing folders are created, down from the first name that is there.
    private static string Existing(string folder)
    {
        while (!Path.Exists(folder) && Path.GetDirectoryName(folder) is { } parent) folder = parent;
        return folder;
    }

    // The state file is read at start; what is wrong with it is another finding. One at height 0 is no history.
    private static bool HasStateFile(ChainConfig chain) =>
        ChainStateFile.PathOf(chain) is { } path && (ChainStateFile.Read(path, out var problem) is { IsFresh: false } || problem is not null);
}
