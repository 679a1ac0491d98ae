using System.Globalization;
using System.Text;

namespace Kms.Core.Consensus;

/// <summary>Makes what a peer sent safe to print in a log line.</summary>
public static class PrintableText
{
    /// <summary>The text with '?' for every character that breaks, hides in or reorders a line, cut where it is long.</summary>
    /// <param name="utf8">Any bytes; what is no UTF-8 is shown as such.</param>
    /// <param name="maxBytes">How much of it is printed.</param>
    public static string Of(ReadOnlySpan<byte> utf8, int maxBytes)
    {
        var cut = utf8[..Math.Min(utf8.Length, maxBytes)];
        var text = string.Concat(Encoding.UTF8.GetString(cut).EnumerateRunes().Select(rune => IsVisible(rune) ? rune : new Rune('?')));
        return utf8.Length > maxBytes ? text + "…" : text;
    }

    /// <summary>Format characters turn text around (U+202E) or hide in it (U+200B); the two separators end a line for some log viewers.</summary>
    public static bool IsVisible(Rune rune) => Rune.GetUnicodeCategory(rune)
        is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
