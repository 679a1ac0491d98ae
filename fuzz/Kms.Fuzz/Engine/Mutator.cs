using System.Buffers.Binary;

namespace Kms.Fuzz.Engine;

/// <summary>Makes inputs out of inputs. Deterministic: the same random numbers make the same inputs.</summary>
internal sealed class Mutator(Random random, int maxLength)
{
    // Where lengths, counters and varints change their shape.
    private static readonly long[] Interesting =
    [
        0, 1, 2, 3, 4, 16, 32, 33, 63, 64, 65, 100, 127, 128, 129, 255, 256, 1023, 1024, 1025, 10240, 16383, 16384, 32767, 32768, 65535, 65536,
        int.MaxValue, 1L << 31, uint.MaxValue, 1L << 32, long.MaxValue, long.MinValue, -1, -2,
    ];

    private readonly byte[] _buffer = new byte[maxLength];
    private int _length;

    /// <summary>A descendant of <paramref name="parent"/> with one to sixteen changes, some of which take pieces of <paramref name="other"/>.
    /// Valid until the next one is made.</summary>
    public ReadOnlySpan<byte> Next(ReadOnlySpan<byte> parent, ReadOnlySpan<byte> other)
    {
        _length = Math.Min(parent.Length, maxLength);
        parent[.._length].CopyTo(_buffer);
        for (var changes = 1 << random.Next(5); changes > 0; changes--) Change(other);
        return _buffer.AsSpan(0, _length);
    }

    private void Change(ReadOnlySpan<byte> other)
    {
        var at = random.Next(_length + 1);
        var rest = _length - at;
        switch (random.Next(10))
        {
            case 0 when rest > 0: _buffer[at] ^= (byte)(1 << random.Next(8)); break;
            case 1 when rest > 0: _buffer[at] = (byte)random.Next(256); break;
            case 2 when rest > 0: _buffer[at] = unchecked((byte)(_buffer[at] + random.Next(-16, 17))); break;
            case 3: Splice(at, Some(rest), []); break;
            case 4: Splice(at, 0, Noise()); break;
            case 5: Splice(at, 0, Piece(_buffer.AsSpan(0, _length)).ToArray()); break;
            case 6: Splice(at, Some(rest), Piece(other)); break;
            case 7: Splice(at, 0, Piece(other)); break;
            case 8: Splice(at, Math.Min(rest, 8), Number()); break;
            default: Splice(at, Math.Min(rest, 1), Number()); break;
        }
    }

    // Replaces a range. What does not fit falls off the end.
    private void Splice(int at, int removed, ReadOnlySpan<byte> inserted)
    {
        inserted = inserted[..Math.Min(inserted.Length, maxLength - at)];
        var tail = _buffer.AsSpan(at + removed, _length - at - removed);
        tail = tail[..Math.Min(tail.Length, maxLength - at - inserted.Length)];
        tail.CopyTo(_buffer.AsSpan(at + inserted.Length));
        inserted.CopyTo(_buffer.AsSpan(at));
        _length = at + inserted.Length + tail.Length;
    }

    // Small more often than large.
    private int Some(int most) => Math.Min(most, random.Next(1 << random.Next(1, 12)));

    private ReadOnlySpan<byte> Piece(ReadOnlySpan<byte> of)
    {
        var at = random.Next(of.Length + 1);
        return of.Slice(at, Some(of.Length - at));
    }

    private byte[] Noise()
    {
        var bytes = new byte[1 + Some(64)];
        random.NextBytes(bytes);
        return bytes;
    }

    // In any of the encodings that formats use.
    private byte[] Number()
    {
        var value = unchecked(Interesting[random.Next(Interesting.Length)] + random.Next(-1, 2));
        var bytes = new byte[8];
        switch (random.Next(6))
        {
            case 0: return [unchecked((byte)value)];
            case 1: BinaryPrimitives.WriteInt64LittleEndian(bytes, value); return bytes;
            case 2: BinaryPrimitives.WriteInt32LittleEndian(bytes, unchecked((int)value)); return bytes[..4];
            case 3: BinaryPrimitives.WriteInt16BigEndian(bytes, unchecked((short)value)); return bytes[..2];
            case 4: return System.Text.Encoding.ASCII.GetBytes(value.ToString(System.Globalization.CultureInfo.InvariantCulture));
            default: return Varint(unchecked((ulong)value));
        }
    }

    private static byte[] Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7) bytes.Add((byte)(0x80 | (value & 0x7F)));
        return [.. bytes, (byte)value];
    }
}
