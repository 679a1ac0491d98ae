using System.Text.RegularExpressions;

namespace Kms.Host.Tests.Cli;

/// <summary>One step of a script in Scripts/. The language, one line each:
/// <code>
/// # comment
/// $ tmkms ARGS          run it; the lines below say what must come out
/// > text                a line of stdout
/// ! text                a line of stderr
/// < text                a line of stdin
/// = 2                   the exit code; 0 when there is no such line
/// @ write FILE MODE     write a file; its content follows
/// | text                a line of that file
/// @ same FILE           its content must be what follows
/// @ mode PATH MODE      the mode of a file or directory must be this
/// @ missing PATH        nothing may be there
/// @ replace FILE A B    the text A of the file becomes B
/// @ remove PATH         delete a file
/// @ size FILE BYTES     the size of a file
/// @ ledger DO           something is done to the simulated Ledger: see <see cref="ScriptDevices"/>
/// </code>
/// In expected lines <c>*</c> stands for anything, and a line <c>...</c> for any lines. <c>$HOME_DIR</c> is a directory of the script's own,
/// which is also the working directory; <c>$DEVICE</c> is the host and port of a connector with a simulated YubiHSM 2 from the box behind it, and
/// <c>$LEDGER</c> those of a simulated Ledger with the validator app open.</summary>
internal sealed record CliStep(
    int Line, string Command, IReadOnlyList<string> Output, IReadOnlyList<string> Error, int ExitCode, string Content, string Input = "")
{
    public static IEnumerable<CliStep> Parse(string script, string homeDirectory, ScriptDevices devices)
    {
        CliStep? step = null;
        var number = 0;
        foreach (var raw in script.Split('\n'))
        {
            number++;
            var line = devices.Fill(raw.TrimEnd('\r').Replace("$HOME_DIR", homeDirectory, StringComparison.Ordinal));
            if (line.Length == 0 || line[0] == '#') continue;
            if (line[0] is '$' or '@')
            {
                if (step is not null) yield return step;
                step = new CliStep(number, line, [], [], 0, "");
                continue;
            }

            var rest = line.Length > 2 ? line[2..] : "";
            step = line[0] switch
            {
                '>' => step! with { Output = [.. step.Output, rest] },
                '!' => step! with { Error = [.. step.Error, rest] },
                '<' => step! with { Input = step.Input + rest + "\n" },
                '|' => step! with { Content = step.Content + rest + "\n" },
                '=' => step! with { ExitCode = int.Parse(rest, System.Globalization.CultureInfo.InvariantCulture) },
                _ => throw new FormatException($"line {number} of the script begins with {line[0]}"),
            };
        }

        if (step is not null) yield return step;
    }

    /// <summary>Whether a stream is what the script expects.</summary>
    public static bool Matches(IReadOnlyList<string> expected, string actual)
    {
        var pattern = string.Concat(expected.Select(line =>
            line == "..." ? "(.*\n)*?" : Regex.Escape(line).Replace(@"\*", ".*", StringComparison.Ordinal) + "\n"));
        return Regex.IsMatch(actual, $"\\A{pattern}\\z", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(5));
    }
}
