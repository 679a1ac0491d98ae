namespace Kms.Host.Config;

/// <summary>Finds the word that was probably meant.</summary>
internal static class Nearest
{
    /// <summary>": did you mean X?", or nothing when no word is near.</summary>
    public static string Suggest(string written, ReadOnlySpan<string> words)
    {
        string? best = null;
        // A third of the letters may be wrong: enough for typos, too little for another word.
        var bound = written.Length / 3 + 1;
        foreach (var word in words)
        {
            if (Math.Abs(word.Length - written.Length) > bound || Distance(written, word) is var distance && distance > bound) continue;
            best = word;
            bound = distance - 1;
        }

        return best is null ? "" : $": did you mean {best}?";
    }

    /// <summary>Levenshtein's distance: insertions, deletions and replacements.</summary>
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = diagonal + (char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }
}
