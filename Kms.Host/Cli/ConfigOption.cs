using System.CommandLine;
using System.Diagnostics.CodeAnalysis;
using Kms.Core.Consensus;
using Kms.Host.Config;

namespace Kms.Host.Cli;

/// <summary>The <c>-c PATH</c> of every verb that needs the configuration: without it TMKMS_CONFIG_FILE, without that ./tmkms.toml, as in
/// tmkms.</summary>
public static class ConfigOption
{
    /// <summary>The variable that names the file.</summary>
    public const string EnvironmentVariable = "TMKMS_CONFIG_FILE";

    /// <summary>The option, to be added to a command.</summary>
    public static Option<string> Create() => new("--config", "-c")
    {
        Description = $"path to tmkms.toml; without it ${EnvironmentVariable}, or tmkms.toml in the working directory",
        HelpName = "PATH",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable(EnvironmentVariable) is { Length: > 0 } path ? path : "tmkms.toml",
    };

    /// <summary>The <c>--akka-config PATH</c> of every verb that needs the journal.</summary>
    public static Option<string?> CreateAkka() => new("--akka-config")
    {
        Description = "a HOCON file whose settings win over the shipped akka.hocon, the same as for `tmkms start`",
        HelpName = "PATH",
    };

    /// <summary>The chains that a verb is about; null when an error was printed.</summary>
    /// <param name="path">For the message.</param>
    /// <param name="config">The configuration.</param>
    /// <param name="name">What was typed; null for all.</param>
    internal static IReadOnlyList<ChainId>? Chains(string path, KmsConfig config, string? name)
    {
        var all = config.Chains.Select(chain => chain.Id).ToList();
        var named = name is null ? all : all.Where(id => id.ToString() == name).ToList();
        if (named.Count > 0) return named;
        CommandLine.Fail($"{path} has no chain {name}; it has {string.Join(", ", all)}");
        return null;
    }

    /// <summary>Loads the file; every error in it becomes a line on stderr.</summary>
    /// <param name="path">The value of the option.</param>
    /// <param name="config">The configuration; null when errors were printed and the verb should return <see cref="CommandLine.Failure"/>.</param>
    public static bool TryLoad(string path, [NotNullWhen(true)] out KmsConfig? config)
    {
        var result = KmsConfigLoader.Load(path);
        foreach (var error in result.Errors) CommandLine.Fail(error.ToString());
        config = result.Config;
        return result.IsValid;
    }
}
