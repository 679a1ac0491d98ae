using System.CommandLine;
using System.Text.RegularExpressions;
using Kms.Host.Cli;

namespace Kms.Host.Tests.Cli;

/// <summary>docs/commands.md and the parser must say the same.</summary>
public sealed partial class CommandsDocumentTests
{
    private static readonly string Document = Repository.Read("docs/commands.md");

    private static readonly Dictionary<string, Command> Commands = Walk("tmkms", Verbs.All()).ToDictionary();

    /// <summary>Section by heading: "tmkms state init".</summary>
    private static readonly Dictionary<string, string> Sections = Regex.Split(Document, "^## ", RegexOptions.Multiline).Skip(1)
        .ToDictionary(section => section[..section.IndexOf('\n', StringComparison.Ordinal)], section => section);

    private static readonly List<string> Names = [.. Commands.Where(c => c.Value.Subcommands.Count == 0 || c.Value is RootCommand).Select(c => c.Key)];

    public static TheoryData<string> Runnable => [.. Names];

    [Fact]
    public void Every_command_has_a_section_and_no_section_is_of_another() =>
        Assert.Equal(Names.Order(StringComparer.Ordinal), Sections.Keys.Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Runnable))]
    public void Its_table_names_every_option_alias_and_argument_and_no_other(string name)
    {
        var command = Commands[name];
        var known = command.Options.SelectMany(option => option.Aliases.Append(option.Name)).Concat(command.Arguments.Select(argument => argument.Name));
        var written = TableRow().Matches(Sections[name]).SelectMany(row => Code().Matches(row.Groups[1].Value)).Select(code => code.Groups[1].Value);
        Assert.Equal(known.Order(StringComparer.Ordinal), written.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_command_that_is_mentioned_exists()
    {
        var mentioned = Code().Matches(Document).Select(code => code.Groups[1].Value.Split(' ')).Where(words => words[0] == "tmkms").ToList();
        Assert.NotEmpty(mentioned);
        Assert.All(mentioned, words =>
        {
            Command command = Commands["tmkms"];
            foreach (var word in words.Skip(1).TakeWhile(_ => command.Subcommands.Count > 0))
            {
                if (word[0] == '-') break;
                command = command.Subcommands.SingleOrDefault(c => c.Name == word) ?? throw new InvalidDataException(string.Join(' ', words));
            }
        });
    }

    private static IEnumerable<KeyValuePair<string, Command>> Walk(string name, Command command) =>
        command.Subcommands.SelectMany(child => Walk($"{name} {child.Name}", child)).Prepend(new(name, command));

    [GeneratedRegex(@"^\| (`.*?) \| ", RegexOptions.Multiline)]
    private static partial Regex TableRow();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();
}
