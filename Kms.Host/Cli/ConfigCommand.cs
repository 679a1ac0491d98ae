using System.CommandLine;
using Kms.Host.Check;

namespace Kms.Host.Cli;

/// <summary><c>tmkms config</c>: what a configuration says and whether it will do.</summary>
public static class ConfigCommand
{
    /// <summary>The verbs.</summary>
    public static Command Create() => new("config", "look at the configuration") { Check() };

    private static Command Check()
    {
        var config = ConfigOption.Create();
        var akka = ConfigOption.CreateAkka();
        var command = new Command("check", "check the configuration and all it names, without changing anything") { config, akka };
        command.SetAction(async (parsed, _) =>
        {
            var path = parsed.GetRequiredValue(config);
            var findings = await ConfigCheck.RunAsync(path, parsed.GetValue(akka)).ConfigureAwait(false);
            Print(Console.Out, path, findings, Ansi.Output);
            return findings.Any(f => f.Severity == Severity.Error) ? CommandLine.Failure : CommandLine.Success;
        });
        return command;
    }

    /// <summary>One line for each finding and one for all.</summary>
    internal static void Print(TextWriter output, string path, IReadOnlyList<Finding> findings, Ansi ansi)
    {
        foreach (var finding in findings)
        {
            var word = finding.Severity switch { Severity.Error => ansi.Red("error"), Severity.Warning => ansi.Yellow("warning"), _ => ansi.Cyan("note") };
            output.WriteLine($"{word}: {finding.Remark}");
        }

        var (errors, warnings, notes) = (Count(findings, Severity.Error), Count(findings, Severity.Warning), Count(findings, Severity.Note));
        output.WriteLine($"{path}: {Number(errors, "error")}, {Number(warnings, "warning")}, {Number(notes, "note")}");
    }

    private static int Count(IReadOnlyList<Finding> findings, Severity severity) => findings.Count(f => f.Severity == severity);

    private static string Number(int count, string word) => $"{count} {word}{(count == 1 ? "" : "s")}";
}
