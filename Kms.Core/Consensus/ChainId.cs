using System.Text;

namespace Kms.Core.Consensus;

/// <summary>The name of a chain, part of everything it signs. CometBFT treats it as opaque bytes on the wire (it accepts
/// invalid UTF-8 there), so equality is over bytes, never over a decoded string.</summary>
public sealed record ChainId
{
    /// <summary>The longest chain id a genesis file may carry (cometbft types/genesis.go, MaxChainIDLen).</summary>
    public const int MaxLength = 50;

    private readonly byte[] _utf8;

    /// <summary>A chain id as an operator writes it.</summary>
    public ChainId(string value) : this(Encoding.UTF8.GetBytes(value)) { }

    /// <summary>A chain id as it came over the wire: any bytes, of any length the frame allows.</summary>
    public ChainId(ReadOnlySpan<byte> utf8)
    {
        _utf8 = utf8.ToArray();
        Text = PrintableText.Of(_utf8, MaxLength);
    }

    /// <summary>The bytes that are signed.</summary>
    public ReadOnlySpan<byte> Utf8 => _utf8;

    private string Text { get; }

    /// <summary>Whether an operator may configure this id: 1 to <see cref="MaxLength"/> bytes, no spaces, control or format characters.</summary>
    public static bool IsConfigurable(string value) =>
        Encoding.UTF8.GetByteCount(value) is >= 1 and <= MaxLength
        && value.EnumerateRunes().All(rune => PrintableText.IsVisible(rune) && !Rune.IsWhiteSpace(rune));

    /// <inheritdoc/>
    public bool Equals(ChainId? other) => other is not null && Utf8.SequenceEqual(other.Utf8);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(_utf8);
        return hash.ToHashCode();
    }

    /// <summary>Safe to print in a log line whatever a peer sent: characters that break or reorder a line become '?', long ids are cut.</summary>
    public override string ToString() => Text;
}
