namespace Kms.Host.Composition;

/// <summary>A look at a HOCON text before it is parsed. The parser takes a missing bracket at the end for granted, and never comes back
/// from some texts with a wrong one.</summary>
internal static class HoconText
{
    /// <summary>What is wrong with the brackets and quotes, as a sentence; null when nothing is.</summary>
    public static string? Problem(string text)
    {
        var open = new Stack<(char Bracket, int Line)>();
        var line = 1;
        for (var i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '\n':
                    line++;
                    break;
                case '#':
                case '/' when i + 1 < text.Length && text[i + 1] == '/':
                    i = (text.IndexOf('\n', i) is var end and >= 0 ? end : text.Length) - 1;
                    break;
                case '"':
                    if (EndOfString(text, i) is not { } last) return $"the string that begins in line {line} has no end";
                    line += text.AsSpan(i, last - i).Count('\n');
                    i = last;
                    break;
                case '{' or '[':
                    open.Push((text[i], line));
                    break;
                case '}' or ']':
                    if (!open.TryPop(out var begun) || begun.Bracket != (text[i] == '}' ? '{' : '['))
                        return $"line {line} closes with {text[i]} what was not opened with its pair";
                    break;
            }
        }

        return open.TryPeek(out var left) ? $"the {left.Bracket} of line {left.Line} is not closed" : null;
    }

    // "..." ends on its line, """...""" anywhere.
    private static int? EndOfString(string text, int start)
    {
        if (string.CompareOrdinal(text, start, "\"\"\"", 0, 3) == 0)
            return text.IndexOf("\"\"\"", start + 3, StringComparison.Ordinal) is var end and >= 0 ? end + 2 : null;
        for (var i = start + 1; i < text.Length && text[i] != '\n'; i++)
        {
            if (text[i] == '"') return i;
            if (text[i] == '\\') i++;
        }

        return null;
    }
}
