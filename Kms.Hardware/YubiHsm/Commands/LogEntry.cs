using System.Security.Cryptography;

namespace Kms.Hardware.YubiHsm.Commands;

/// <summary>An entry of the audit log: each contains a digest of the one before.</summary>
/// <param name="Number">Counts on over the life of the device.</param>
/// <param name="Command">What was asked; 0 and 0xff in the entries of a start and a reset.</param>
/// <param name="Length">Size of the data in bytes.</param>
/// <param name="SessionKey">The authentication key.</param>
/// <param name="TargetKey">The object that was used.</param>
/// <param name="SecondKey">The second object, such as a wrap key.</param>
/// <param name="Result">The code of the answer.</param>
/// <param name="Tick">The device's clock.</param>
/// <param name="Digest">16 bytes.</param>
public sealed record LogEntry(
    ushort Number, CommandCode Command, ushort Length, ushort SessionKey, ushort TargetKey, ushort SecondKey, byte Result, uint Tick,
    ReadOnlyMemory<byte> Digest)
{
    private const int HeadSize = 16;
    private const int DigestSize = 16;

    /// <summary>Whether this entry follows another one: the digest is that of this entry and of the other's digest.</summary>
    public bool Follows(LogEntry previous)
    {
        Span<byte> input = stackalloc byte[HeadSize + DigestSize];
        var writer = new ByteWriter(input);
        writer.UInt16(Number);
        writer.Byte((byte)Command);
        writer.UInt16(Length);
        writer.UInt16(SessionKey);
        writer.UInt16(TargetKey);
        writer.UInt16(SecondKey);
        writer.Byte(Result);
        writer.UInt32(Tick);
        writer.Bytes(previous.Digest.Span);
        return SHA256.HashData(input).AsSpan(0, DigestSize).SequenceEqual(Digest.Span);
    }

    internal static LogEntry Read(ref ByteReader reader) => new(
        reader.UInt16(), (CommandCode)reader.Byte(), reader.UInt16(), reader.UInt16(), reader.UInt16(), reader.UInt16(), reader.Byte(), reader.UInt32(),
        reader.Bytes(DigestSize).ToArray());
}
