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

/// <summary>Parses TOML 1.1 into <see cref="TomlMap"/>. Duplicate and conflicting keys are the parser's errors.</summary>
internal static class TomlTree
{
    /// <summary>The root table; null after syntax errors, which are added to <paramref name="errors"/>.</summary>
    public static TomlMap? Parse(string text, ConfigErrors errors)
    {
        DocumentSyntax document;
        try
        {
            document = SyntaxParser.Parse(text, sourceName: null, validate: true);
        }
        catch (TomlException e)
        {
            // The one thing that the tolerant parser throws for: lists in lists in lists.
            errors.AddForFile("TOML syntax: " + e.Message.Split('.')[0]);
            return null;
        }

        if (document.HasErrors)
        {
            // One error leads to others on its line; the first is the one to read.
            foreach (var line in document.Diagnostics.Where(d => d.Kind == DiagnosticMessageKind.Error).GroupBy(d => d.Span.Start.Line))
                errors.Add(Position(line.First().Span), "TOML syntax: " + Shorten(line.First().Message));
            return null;
        }

        var root = new TomlMap(new TomlPosition(1, 1));
        foreach (var entry in document.KeyValues) Add(root, entry);
        foreach (var header in document.Tables)
        {
            var table = Open(root, header);
            foreach (var entry in header.Items) Add(table, entry);
        }

        return root;
    }

    private static TomlMap Open(TomlMap root, TableSyntaxBase header)
    {
        var names = Names(header.Name!);
        var parent = Descend(root, names.AsSpan(..^1));
        var (name, nameAt) = names[^1];
        var at = Position(header.Span);
        if (header is TableArraySyntax)
        {
            if (!parent.Entries.TryGetValue(name, out var sections)) parent.Entries[name] = sections = (nameAt, new TomlList([], at));
            var section = new TomlMap(at);
            ((TomlList)sections.Value).Items.Add(section);
            return section;
        }

        return Descend(parent, [(name, nameAt)]);
    }

    private static void Add(TomlMap table, KeyValueSyntax entry)
    {
        var names = Names(entry.Key!);
        Descend(table, names.AsSpan(..^1)).Entries[names[^1].Name] = (names[^1].At, Node(entry.Value!));
    }

    /// <summary>Follows dotted names, making tables on the way; a list stands for its newest section.</summary>
    private static TomlMap Descend(TomlMap table, ReadOnlySpan<(string Name, TomlPosition At)> names)
    {
        foreach (var (name, at) in names)
        {
            if (!table.Entries.TryGetValue(name, out var entry)) table.Entries[name] = entry = (at, new TomlMap(at));
            table = entry.Value is TomlList list ? (TomlMap)list.Items[^1] : (TomlMap)entry.Value;
        }

        return table;
    }

    private static TomlNode Node(ValueSyntax value)
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

    // The message on a duplicate key quotes the whole earlier definition, over several lines.
    private static string Shorten(string message) =>
        message.IndexOf(" with `", StringComparison.Ordinal) is var quote and >= 0 ? message[..quote] : message;
}
