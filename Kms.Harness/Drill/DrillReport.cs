using System.Globalization;

namespace Kms.Harness;

/// <summary>How a drill stands, for whoever draws it.</summary>
/// <param name="Kills">Kills so far.</param>
/// <param name="Total">Kills in all.</param>
/// <param name="Signatures">Genuine signatures so far.</param>
/// <param name="Refusals">Refusals so far.</param>
/// <param name="Conflicts">Pairs of signatures that must not both exist.</param>
/// <param name="LostWatermarks">Signatures that a signer with its memory could not have given.</param>
/// <param name="LastResume">Time from the last start to the first signature after it; null before the first kill and until
/// the signer has come back from the last one.</param>
public sealed record DrillProgress(int Kills, int Total, int Signatures, int Refusals, int Conflicts, int LostWatermarks, TimeSpan? LastResume);

/// <summary>What a crash drill found.</summary>
/// <param name="Asked">Kills asked for.</param>
/// <param name="Kills">Kills made.</param>
/// <param name="Interrupted">Kills that came before the reply: the signer died with a request in its hands.</param>
/// <param name="Signatures">Genuine signatures released.</param>
/// <param name="Refusals">Requests refused, the attacks after each restart above all.</param>
/// <param name="Missed">Votes lost to the crashes: interrupted positions at which nothing was signed later, and what was refused before the
/// signer was back.</param>
/// <param name="Conflicts">Every pair of signatures that must not both exist, this drill's and those the ledger knew before.</param>
/// <param name="LostWatermarks">Every signature after a restart over something new at or below the highest position signed before.</param>
/// <param name="Problems">Whatever else was wrong: a signer that did not come back, a vote it did not sign, a signature nobody can use.</param>
/// <param name="Resumes">For each kill the time from the start of the process to its first signature.</param>
/// <param name="Seed">The seed that repeats the drill.</param>
/// <param name="NextHeight">First height that the drill did not use.</param>
public sealed record DrillReport(
    int Asked,
    int Kills,
    int Interrupted,
    int Signatures,
    int Refusals,
    int Missed,
    IReadOnlyList<SignatureConflict> Conflicts,
    IReadOnlyList<string> LostWatermarks,
    IReadOnlyList<string> Problems,
    IReadOnlyList<TimeSpan> Resumes,
    int Seed,
    long NextHeight)
{
    /// <summary>Whether every kill was survived: no conflict, no lost watermark, and back to signing each time.</summary>
    public bool Passed => Kills == Asked && Conflicts.Count == 0 && LostWatermarks.Count == 0 && Problems.Count == 0;

    /// <summary>Median of <see cref="Resumes"/>; zero without any.</summary>
    public TimeSpan MedianResume => Resumes.Count == 0 ? TimeSpan.Zero : Resumes.Order().ElementAt((Resumes.Count - 1) / 2);

    /// <summary>Longest of <see cref="Resumes"/>; zero without any.</summary>
    public TimeSpan MaxResume => Resumes.Count == 0 ? TimeSpan.Zero : Resumes.Max();

    /// <summary>The figures in one line, then one line for each thing that went wrong.</summary>
    public override string ToString() => string.Join('\n',
        Conflicts.Select(conflict => conflict.ToString()).Concat(LostWatermarks).Concat(Problems).Prepend(string.Create(
            CultureInfo.InvariantCulture,
            $"{(Passed ? "PASS" : "FAIL")}: {Kills} of {Asked} kills ({Interrupted} before the reply), {Signatures} signatures, {Refusals} refusals, "
            + $"{Conflicts.Count} conflicts, {LostWatermarks.Count} lost watermarks, {Missed} missed, "
            + $"signing again after {MedianResume.TotalSeconds:0.00} s (median), {MaxResume.TotalSeconds:0.00} s (max); seed {Seed}")));
}
