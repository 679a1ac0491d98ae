using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Kms.Host.Cli;

/// <summary>Runs the command line with the manners of tmkms: what a verb produces goes to stdout, everything else to stderr;
/// 0 is success, 1 a failure, 2 a command line that was not understood.</summary>
public static partial class CommandLine
{
    /// <summary>Exit code: done.</summary>
    public const int Success = 0;

    /// <summary>Exit code: understood, but it did not work.</summary>
    public const int Failure = 1;

    /// <summary>Exit code: the command line is wrong.</summary>
    public const int Usage = 2;

    /// <summary>How long a verb may take to stop. Service managers kill after 90 s (systemd) or 30 s (Kubernetes).</summary>
    internal static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(25);

    /// <summary>Parses and runs.</summary>
    /// <param name="root">All verbs.</param>
    /// <param name="args">What the operator typed.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(RootCommand root, IReadOnlyList<string> args)
    {
        try
        {
            return await ParseAndRunAsync(root, args);
        }
#pragma warning disable CA1031 // The operator gets a sentence whatever happens. Verbs handle what they expect; what is left is a stream that cannot be written, or a bug.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return Crash(e);
        }
    }

    /// <summary>One line instead of a stack trace: what happened, and where for whoever mends it.</summary>
    private static int Crash(Exception e)
    {
        var site = new StackTrace(e).GetFrames().Select(frame => frame.GetMethod())
            .FirstOrDefault(method => method?.DeclaringType?.Namespace?.StartsWith("Kms.", StringComparison.Ordinal) == true);
        try
        {
            return Fail(e is IOException or UnauthorizedAccessException
                ? $"input or output failed: {OneLine(e.Message)}"
                : $"this is a bug, please report it: {e.GetType().Name}: {OneLine(e.Message)} (in {site?.DeclaringType?.FullName}.{site?.Name})");
        }
        catch (Exception again) when (again is IOException or UnauthorizedAccessException)
        {
            return Failure; // Nobody listens on stderr either.
        }
    }

    private static async Task<int> ParseAndRunAsync(RootCommand root, IReadOnlyList<string> args)
    {
        // What a script makes of a variable that is not set. No argument here may be empty.
        if (args.Contains("")) return Fail("an argument is empty: is a variable of the shell not set?", Usage);
        var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        var command = parsed.CommandResult.Command;

        // A group without a verb: its help, as an error.
        var isGroupAlone = command.Subcommands.Count > 0 && command.Action is null && parsed.UnmatchedTokens.Count == 0;
        if (parsed.Action is ParseErrorAction or null && isGroupAlone) return await HelpAsync(root, args, Console.Error, Usage);

        var wrong = parsed.Action is ParseErrorAction or null ? Errors(parsed) : UnknownOptions(parsed, args);
        if (wrong.Count > 0)
        {
            foreach (var error in wrong) Fail(error);
            await Console.Error.WriteLineAsync($"\nFor more information, try '{string.Join(' ', Path(parsed.CommandResult))} --help'.");
            return Usage;
        }

        // SIGTERM cancels the verb, which then has time to answer its last request.
        return await parsed.InvokeAsync(
            new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = ShutdownTimeout });
    }

    /// <summary>Says what went wrong, on stderr.</summary>
    /// <param name="sentence">Without "error:", without a full stop.</param>
    /// <param name="exitCode">What to return.</param>
    public static int Fail(string sentence, int exitCode = Failure)
    {
        Console.Error.WriteLine($"{Ansi.Error.Red("error:")} {sentence}");
        return exitCode;
    }

    /// <summary>Says what was done, on stderr, indented as tmkms does.</summary>
    /// <param name="status">A word such as "Generated".</param>
    /// <param name="detail">The rest of the line.</param>
    public static void Report(string status, string detail) => Console.Error.WriteLine($"{Ansi.Error.Green($"{status,12}")} {detail}");

    /// <summary>Writes the help of a verb.</summary>
    internal static async Task<int> HelpAsync(RootCommand root, IReadOnlyList<string> verb, TextWriter output, int exitCode)
    {
        await root.Parse([.. verb, "--help"]).InvokeAsync(new InvocationConfiguration { Output = output });
        return exitCode;
    }

    private static List<string> Errors(ParseResult parsed)
    {
        var unmatched = parsed.UnmatchedTokens.Select(token => $"unexpected argument '{token}'").ToList();
        return unmatched.Count > 0 ? unmatched : [.. parsed.Errors.Select(e => InOurWords(OneLine(e.Message).TrimEnd('.'))).Distinct()];
    }

    // The parser names the types of .NET.
    private static string InOurWords(string error) => NoNumber().Replace(error, "'$1' is not a number that $2 takes");

    [GeneratedRegex(@"^Cannot parse argument '(.*)' for option '(.*)' as expected type '.*System\.(?:Int32|Int64|Double)\b.*'$", RegexOptions.CultureInvariant)]
    private static partial Regex NoNumber();

    private static string OneLine(string message) => string.Join(' ', message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    /// <summary>The parser takes an option it does not know for an argument: a misspelt one would become the name of a key file.</summary>
    private static List<string> UnknownOptions(ParseResult parsed, IReadOnlyList<string> args) =>
        args.Contains("--")
            ? []
            : [.. parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens)
                .Where(token => token.Value.Length > 1 && token.Value[0] == '-').Select(token => $"unknown option {token.Value}")];

    /// <summary>Gives <c>--version</c> the short form and the text that tmkms has, and leaves <c>--help</c> the forms of Unix only: the parser's
    /// /h and /? are paths.</summary>
    internal static void ReplaceCommonOptions(RootCommand root)
    {
        foreach (var option in root.Options.Where(option => option is VersionOption or HelpOption).ToList()) root.Options.Remove(option);
        root.Options.Add(new HelpOption("--help", "-h") { Description = "print help" });
        root.Options.Add(new VersionOption("--version", "-V") { Description = "print the version", Action = new VersionCommand.Print() });
    }

    private static IEnumerable<string> Path(CommandResult result) =>
        result.Parent is CommandResult parent ? [.. Path(parent), result.Command.Name] : ["tmkms"];
}
