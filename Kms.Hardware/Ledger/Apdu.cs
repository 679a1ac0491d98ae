namespace Kms.Hardware.Ledger;

/// <summary>A command to a Ledger app (ISO 7816-4, without Le).</summary>
/// <param name="Class">CLA: which app is meant.</param>
/// <param name="Instruction">INS.</param>
/// <param name="P1">First parameter.</param>
/// <param name="P2">Second parameter.</param>
/// <param name="Data">At most <see cref="MaxData"/> bytes.</param>
public sealed record Apdu(byte Class, byte Instruction, byte P1, byte P2, ReadOnlyMemory<byte> Data)
{
    /// <summary>Bytes before the data; Lc is always there.</summary>
    public const int HeaderSize = 5;

    /// <summary>Most data: Lc is one byte.</summary>
    public const int MaxData = byte.MaxValue;

    /// <summary>Largest command or answer in bytes: a device drops what is longer without a word (nanos-secure-sdk, IO_APDU_BUFFER_SIZE).</summary>
    public const int MaxSize = HeaderSize + MaxData;

    /// <summary>CLA INS P1 P2 Lc data.</summary>
    public byte[] ToBytes() => [Class, Instruction, P1, P2, checked((byte)Data.Length), .. Data.Span];
}
