using Kms.Hardware.SoftSign;
using Kms.Host.Check;
using Kms.Host.Config;
using Kms.Persistence.StateFiles;

namespace Kms.Host.State;

/// <summary>The state_file of a chain: where it is, what it says, and whether it can be kept.</summary>
internal static class ChainStateFile
{
    /// <summary>Its path; null when the chain has none. tmkms uses the default path without being told: only a file that is there shows that it
    /// was used.</summary>
    public static string? PathOf(ChainConfig chain) => chain.StateFile ?? (Path.Exists(chain.DefaultStateFile) ? chain.DefaultStateFile : null);

    /// <summary>Reads it, and looks whether it can be replaced at each signature.</summary>
    /// <param name="path">The file.</param>
    /// <param name="problem">Why the signer must not start with it, and what to do; null on success.</param>
    /// <returns>What it says; null when it is not there yet.</returns>
    public static RecordedState? Read(string path, out string? problem)
    {
        problem = FileType.Problem(path) is { } other ? $"the state file {path} {other}: name another file" : null;
        if (problem is not null) return null;
        var file = StateFile.Read(path, StateFormat.Tmkms);
        problem = file.IsRead || file.IsMissing ? FolderProblem(path) : $"{file.Error}; it was not replaced: restore it, or move it away if the journal knows better";
        return problem is null ? file.States?[0] : null;
    }

    private static string? FolderProblem(string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        return !Directory.Exists(folder) ? $"the folder {folder} of the state file does not exist: run `mkdir -p {folder}`"
            : !PosixAccess.MayChange(folder) ? $"the folder {folder} of the state file cannot be written by this user: change its owner or mode"
            : null;
    }
}
