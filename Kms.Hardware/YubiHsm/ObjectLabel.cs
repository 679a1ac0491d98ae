using System.Text;
using Kms.Core.Consensus;

namespace Kms.Hardware.YubiHsm;

/// <summary>The label of an object: up to 40 bytes, filled up with zeroes. A device takes any bytes; programs write UTF-8.</summary>
public sealed record ObjectLabel : ByteString
{
    /// <summary>Size in bytes.</summary>
    public const int Size = 40;

    private ObjectLabel(ReadOnlySpan<byte> bytes) : base(bytes)
    {
    }

    /// <summary>No label.</summary>
    public static ObjectLabel Empty { get; } = new(new byte[Size]);

    /// <summary>A label as a device holds it.</summary>
    /// <exception cref="ArgumentException">Not 40 bytes.</exception>
    public static ObjectLabel FromBytes(ReadOnlySpan<byte> bytes) =>
        bytes.Length == Size ? new ObjectLabel(bytes) : throw new ArgumentException($"a label has {Size} bytes, not {bytes.Length}", nameof(bytes));

    /// <summary>A label of a text; null when its UTF-8 has more than 40 bytes.</summary>
    public static ObjectLabel? FromText(string text)
    {
        if (Encoding.UTF8.GetByteCount(text) > Size) return null;
        var bytes = new byte[Size];
        Encoding.UTF8.GetBytes(text, bytes);
        return new ObjectLabel(bytes);
    }

    /// <summary>The label as text without the zeroes at its end; what could disturb a terminal is replaced.</summary>
    public string Text => PrintableText.Of(Span.TrimEnd((byte)0), Size);
}
