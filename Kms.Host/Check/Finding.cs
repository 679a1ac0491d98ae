using Kms.Host.Config;

namespace Kms.Host.Check;

/// <summary>How much a finding matters.</summary>
public enum Severity
{
    /// <summary>The signer would not start, or would not sign.</summary>
    Error,

    /// <summary>It would start, but perhaps not do what was meant.</summary>
    Warning,

    /// <summary>Something to know or to do next.</summary>
    Note,
}

/// <summary>One thing that <c>tmkms config check</c> found.</summary>
/// <param name="Severity">How much it matters.</param>
/// <param name="Remark">Where, what, and what to do.</param>
public sealed record Finding(Severity Severity, ConfigError Remark)
{
    /// <summary>Errors before warnings at one place; places in the order of the file.</summary>
    public static IReadOnlyList<Finding> InOrder(IEnumerable<Finding> findings) =>
        [.. findings.Distinct().OrderBy(f => f.Remark.Line).ThenBy(f => f.Remark.Column).ThenBy(f => f.Severity).ThenBy(f => f.Remark.Message, StringComparer.Ordinal)];
}

/// <summary>Makes the findings of one file.</summary>
/// <param name="file">The file as the operator named it.</param>
/// <param name="config">What it says.</param>
internal sealed class Findings(string file, KmsConfig config)
{
    private readonly List<Finding> _all = [];

    public IReadOnlyList<Finding> All => _all;

    /// <summary>About a key of a section.</summary>
    public void Add(Severity severity, int sectionLine, string key, string sentence)
    {
        var at = config.Source?.PlaceOf(sectionLine, key) ?? new TomlPosition(sectionLine, 1);
        _all.Add(new Finding(severity, new ConfigError(file, at.Line, at.Column, sentence)));
    }

    /// <summary>About no line of the file.</summary>
    public void AddForFile(Severity severity, string sentence) => _all.Add(new Finding(severity, new ConfigError(file, 0, 0, sentence)));
}
