using System.CommandLine;

namespace Kms.Host.Cli;

/// <summary><c>tmkms help VERB…</c>, the same text as <c>tmkms VERB… --help</c>.</summary>
public static class HelpCommand
{
    /// <summary>The verb.</summary>
    /// <param name="root">Whose help it shows.</param>
    public static Command Create(RootCommand root)
    {
        var verb = new Argument<string[]>("COMMAND") { Description = "the subcommand to explain", Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("help", "print this message or the help of the given subcommand(s)") { verb };
        command.SetAction(parsed =>
        {
            Command shown = root;
            foreach (var name in parsed.GetValue(verb) ?? [])
            {
                if (shown.Subcommands.FirstOrDefault(child => child.Name == name) is not { } child)
                    return Task.FromResult(CommandLine.Fail($"there is no command '{name}' to explain; try 'tmkms help'", CommandLine.Usage));
                shown = child;
            }

            return CommandLine.HelpAsync(root, parsed.GetValue(verb) ?? [], Console.Out, CommandLine.Success);
        });
        return command;
    }
}
