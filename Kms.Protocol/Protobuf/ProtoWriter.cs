using System.Buffers.Binary;

namespace Kms.Protocol.Protobuf;

/// <summary>Writes protobuf as CometBFT's generated code does: fields in order, zero scalars and empty byte strings left out.
/// Embedded messages are written in place and their length is inserted afterwards.</summary>
public sealed class ProtoWriter
{
    private byte[] _buffer = new byte[256];

    /// <summary>Bytes written so far.</summary>
    public int Length { get; private set; }

    /// <summary>What was written.</summary>
    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, Length);

    /// <summary>A varint field; left out when zero. Negative numbers take ten bytes.</summary>
    public ProtoWriter Int64(int field, long value)
    {
        if (value == 0) return this;
        Key(field, 0);
        Varint(unchecked((ulong)value));
        return this;
    }

    /// <summary>A sfixed64 field, little-endian; left out when zero.</summary>
    public ProtoWriter Fixed64(int field, long value)
    {
        if (value == 0) return this;
        Key(field, 1);
        BinaryPrimitives.WriteInt64LittleEndian(Reserve(8), value);
        return this;
    }

    /// <summary>A bytes or string field; left out when empty.</summary>
    public ProtoWriter Bytes(int field, ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty) return this;
        Key(field, 2);
        Varint((ulong)value.Length);
        value.CopyTo(Reserve(value.Length));
        return this;
    }

    /// <summary>An embedded message without content, which is not the same as none.</summary>
    public ProtoWriter Empty(int field)
    {
        Key(field, 2);
        Varint(0);
        return this;
    }

    /// <summary>Begins an embedded message, written even when it stays empty. Give the result to <see cref="End"/>.</summary>
    public int Begin(int field)
    {
        Key(field, 2);
        return Length;
    }

    /// <summary>Ends the embedded message begun at <paramref name="start"/>.</summary>
    public void End(int start)
    {
        Span<byte> prefix = stackalloc byte[10];
        var size = Varint((ulong)(Length - start), prefix);
        Reserve(size);
        _buffer.AsSpan(start, Length - size - start).CopyTo(_buffer.AsSpan(start + size));
        prefix[..size].CopyTo(_buffer.AsSpan(start));
    }

    /// <summary>What was written, after its length as a varint: how sign bytes and privval messages are framed.</summary>
    public byte[] ToDelimited()
    {
        Span<byte> prefix = stackalloc byte[10];
        var size = Varint((ulong)Length, prefix);
        var framed = new byte[size + Length];
        prefix[..size].CopyTo(framed);
        Written.CopyTo(framed.AsSpan(size));
        return framed;
    }

    private static int Varint(ulong value, Span<byte> target)
    {
        var size = 0;
        for (; value >= 0x80; value >>= 7) target[size++] = (byte)(0x80 | (value & 0x7F));
        target[size++] = (byte)value;
        return size;
    }

    private void Key(int field, int wireType) => Varint((ulong)((field << 3) | wireType));

    private void Varint(ulong value)
    {
        Span<byte> bytes = stackalloc byte[10];
        var size = Varint(value, bytes);
        bytes[..size].CopyTo(Reserve(size));
    }

    private Span<byte> Reserve(int count)
    {
        if (_buffer.Length - Length < count) Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, Length + count));
        var reserved = _buffer.AsSpan(Length, count);
        Length += count;
        return reserved;
    }
}
