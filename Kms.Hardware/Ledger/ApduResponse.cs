using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Kms.Hardware.Ledger;

/// <summary>What an app answers to a command.</summary>
/// <param name="Data">As the command defines it; with an error at most a byte.</param>
/// <param name="Status">SW1 and SW2.</param>
public sealed record ApduResponse(ReadOnlyMemory<byte> Data, StatusWord Status)
{
    /// <summary>Size of the status word in bytes.</summary>
    public const int StatusSize = 2;

    /// <summary>Reads data ‖ status word; false when shorter than a status word or longer than any answer.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out ApduResponse? response)
    {
        response = bytes.Length is >= StatusSize and <= Apdu.MaxSize
            ? new ApduResponse(bytes[..^StatusSize].ToArray(), (StatusWord)BinaryPrimitives.ReadUInt16BigEndian(bytes[^StatusSize..]))
            : null;
        return response is not null;
    }
}
