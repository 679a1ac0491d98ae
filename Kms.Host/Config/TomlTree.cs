using Tomlyn;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace Kms.Host.Config;

/// <summary>A TOML value that knows where it stands. Tomlyn's own model drops positions; its syntax tree keeps them but has headers instead of
/// nested tables. This tree has both.</summary>
internal abstract record TomlNode(TomlPosition At);

/// <summary>A string, long, bool, double or date.</summary>
internal sealed record TomlScalar(object Value, TomlPosition At) : TomlNode(At);

/// <summary>An array, or the [[sections]] of one name.</summary>
internal sealed record TomlList(List<TomlNode> Items, TomlPosition At) : TomlNode(At);

/// <summary>A table; keys in the order of the file.</summary>
internal sealed record TomlMap(TomlPosition At) : TomlNode(At)
{
    public OrderedDictionary<string, (TomlPosition KeyAt, TomlNode Value)> Entries { get; } = [];
}

/// <summary>Parses TOML 1.1 into <see cref="TomlMap"/>.</summary>
internal sealed class TomlTree
{
    private readonly TomlMap _root = new(new TomlPosition(1, 1));
    private readonly ConfigErrors _errors;

    private TomlTree(ConfigErrors errors) => _errors = errors;

    /// <summary>The root table; null after syntax errors, which are added to <paramref name="errors"/>.</summary>
    public static TomlMap? Parse(string text, ConfigErrors errors)
    {
        try
        {
            var document = SyntaxParser.Parse(text, sourceName: null, validate: true);
            if (!document.HasErrors) return new TomlTree(errors).Build(document);

            // One error leads to others on its line; the first is the one to read.
            var lines = text.Split('\n');
            foreach (var line in document.Diagnostics.Where(d => d.Kind == DiagnosticMessageKind.Error).GroupBy(d => d.Span.Start.Line))
                errors.Add(Position(line.First().Span), "TOML syntax: " + (MayQuoteASecret(lines, line.Key) ? Unquoted : Shorten(line.First().Message)));
        }
        catch (TomlException e)
        {
            // The one thing that the tolerant parser throws for on purpose: lists in lists in lists.
            errors.AddForFile("TOML syntax: " + e.Message.Split('.')[0]);
        }
        catch (ArgumentOutOfRangeException)
        {
            // It wants to name the character after the backslash, and there is none.
            errors.AddForFile("TOML syntax: the file ends with a backslash inside a string: its last line is cut off");
        }

        return null;
    }

    private TomlMap Build(DocumentSyntax document)
    {
        foreach (var entry in document.KeyValues) Add(_root, entry);
        foreach (var header in document.Tables)
        {
            var table = Open(header);
            foreach (var entry in header.Items) Add(table, entry);
        }

        return _root;
    }

    private TomlMap Open(TableSyntaxBase header)
    {
        var names = Names(header.Name!);
        if (header is not TableArraySyntax) return Descend(_root, names);

        var (name, nameAt) = names[^1];
        var section = new TomlMap(Position(header.Span));
        var parent = Descend(_root, names.AsSpan(..^1));
        if (!parent.Entries.TryGetValue(name, out var sections)) parent.Entries[name] = sections = (nameAt, new TomlList([], section.At));
        if (sections.Value is TomlList list) list.Items.Add(section);
        else Conflict(name, nameAt);
        return section;
    }

    private void Add(TomlMap table, KeyValueSyntax entry)
    {
        var names = Names(entry.Key!);
        var (name, at) = names[^1];
        if (!Descend(table, names.AsSpan(..^1)).Entries.TryAdd(name, (at, Node(entry.Value!)))) Conflict(name, at);
    }

    /// <summary>Follows dotted names, making tables on the way; a list stands for its newest section.</summary>
    private TomlMap Descend(TomlMap table, ReadOnlySpan<(string Name, TomlPosition At)> names)
    {
        foreach (var (name, at) in names)
        {
            if (!table.Entries.TryGetValue(name, out var entry)) table.Entries[name] = entry = (at, new TomlMap(at));
            switch (entry.Value)
            {
                case TomlMap map: table = map; break;
                case TomlList { Items: [.., TomlMap newest] }: table = newest; break;
                default: return Conflict(name, at);
            }
        }

        return table;
    }

    /// <summary>The parser finds most keys that are two things at once, but not all. What follows goes into a table that nobody reads.</summary>
    private TomlMap Conflict(string name, TomlPosition at)
    {
        _errors.Add(at, $"TOML syntax: {name} is already defined as something else");
        return new TomlMap(at);
    }

    private TomlNode Node(ValueSyntax value)
    {
        var at = Position(value.Span);
        switch (value)
        {
            case StringValueSyntax text: return new TomlScalar(text.Value ?? "", at);
            case IntegerValueSyntax number: return new TomlScalar(number.Value, at);
            case BooleanValueSyntax truth: return new TomlScalar(truth.Value, at);
            case FloatValueSyntax number: return new TomlScalar(number.Value, at);
            case DateTimeValueSyntax date: return new TomlScalar(date.Value, at);
            case ArraySyntax array: return new TomlList([.. array.Items.Select(item => Node(item.Value!))], at);
            case InlineTableSyntax inline:
                var table = new TomlMap(at);
                foreach (var item in inline.Items) Add(table, item.KeyValue!);
                return table;
            default: throw new System.Diagnostics.UnreachableException();
        }
    }

    private static (string Name, TomlPosition At)[] Names(KeySyntax key) =>
        [(Name(key.Key!), Position(key.Span)), .. key.DotKeys.Select(dotted => (Name(dotted.Key!), Position(dotted.Key!.Span)))];

    private static string Name(BareKeyOrStringValueSyntax key) =>
        key is StringValueSyntax quoted ? quoted.Value ?? "" : ((BareKeySyntax)key).Key!.Text ?? "";

    private static TomlPosition Position(SourceSpan span) => new(span.Start.Line + 1, span.Start.Column + 1);

    private const string Unquoted = "this line cannot be read (what it says is not shown, because it may be a secret); is a quote missing?";

    // The parser's messages quote what it could not read. An open quote may be noticed in the next line.
    private static bool MayQuoteASecret(string[] lines, int line) =>
        lines.AsSpan(Math.Clamp(line - 1, 0, lines.Length)..Math.Clamp(line + 1, 0, lines.Length)).ToArray()
            .Any(text => text.Contains("password", StringComparison.OrdinalIgnoreCase) || text.Contains("api_key", StringComparison.OrdinalIgnoreCase));

    // The message on a duplicate key quotes the whole earlier definition, over several lines.
    private static string Shorten(string message) =>
        message.IndexOf(" with `", StringComparison.Ordinal) is var quote and >= 0 ? message[..quote] : message;
}
