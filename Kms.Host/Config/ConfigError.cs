using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Kms.Host.Config;

/// <summary>One thing that is wrong with a configuration file, or that its author should know, and what to write instead.</summary>
/// <param name="File">The file as the operator named it.</param>
/// <param name="Line">From 1; 0 when the whole file is meant.</param>
/// <param name="Column">From 1; 0 when the whole file is meant.</param>
/// <param name="Message">A sentence.</param>
public sealed record ConfigError(string File, int Line, int Column, string Message)
{
    /// <summary>"file:line:column: message", as editors and terminals make clickable.</summary>
    public override string ToString() =>
        Line == 0 ? $"{File}: {Message}" : string.Create(CultureInfo.InvariantCulture, $"{File}:{Line}:{Column}: {Message}");
}

/// <summary>A configuration, or everything that is wrong with it.</summary>
/// <param name="Config">The configuration; null when there are errors.</param>
/// <param name="Errors">All errors in the order of the file; empty when there is a configuration.</param>
/// <param name="Warnings">What is accepted, but perhaps not meant, in the order of the file.</param>
public sealed record ConfigResult(KmsConfig? Config, IReadOnlyList<ConfigError> Errors, IReadOnlyList<ConfigError> Warnings)
{
    /// <summary>Whether there is a configuration.</summary>
    [MemberNotNullWhen(true, nameof(Config))]
    public bool IsValid => Config is not null;
}

/// <summary>Where something stands in the file; both from 1.</summary>
internal readonly record struct TomlPosition(int Line, int Column);

/// <summary>A value and where it stands.</summary>
internal sealed record Located<T>(T Value, TomlPosition At);

/// <summary>Collects what is to be said about a file, so that one run says it all.</summary>
internal sealed class ConfigErrors(string file)
{
    private readonly List<ConfigError> _errors = [];

    public void Add(TomlPosition at, string message) => _errors.Add(new ConfigError(file, at.Line, at.Column, message));

    public int Count => _errors.Count;

    public void AddForFile(string message) => _errors.Add(new ConfigError(file, 0, 0, message));

    public IReadOnlyList<ConfigError> InOrder() => [.. _errors.OrderBy(e => e.Line).ThenBy(e => e.Column)];
}
