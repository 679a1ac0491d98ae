using System.Buffers.Binary;

namespace Kms.Protocol.Protobuf;

/// <summary>Reads one protobuf message from a span with the exact tolerance of the code that CometBFT generates (gogoproto):
/// unknown fields are skipped, over-wide varints truncated, wrong wire types refused. Never throws: the first problem is kept in
/// <see cref="Error"/> and ends the message.</summary>
public ref struct ProtoReader
{
    private readonly ReadOnlySpan<byte> _data;
    private int _position;
    private int _fieldStart;
    private WireType _wireType;

    /// <summary>Starts at the first byte of <paramref name="data"/>.</summary>
    public ProtoReader(ReadOnlySpan<byte> data) => _data = data;

    private enum WireType
    {
        Varint = 0,
        Fixed64 = 1,
        Bytes = 2,
        StartGroup = 3,
        EndGroup = 4,
        Fixed32 = 5,
    }

    /// <summary>Number of the current field.</summary>
    public int Field { get; private set; }

    /// <summary>What is wrong with the message, or null.</summary>
    public string? Error { get; private set; }

    /// <summary>Moves to the next field; false at the end and at the first error.</summary>
    public bool Next()
    {
        if (Error is not null || _position == _data.Length) return false;
        _fieldStart = _position;
        var key = Varint();
        if (Error is not null) return false;
        _wireType = (WireType)(key & 7);
        Field = unchecked((int)(key >> 3));
        if (_wireType == WireType.EndGroup) return Fail("end of a group that never began");
        if (Field <= 0) return Fail($"illegal field number {Field}");
        return true;
    }

    /// <summary>The current field as a 64-bit integer.</summary>
    public long Int64() => Expect(WireType.Varint) ? unchecked((long)Varint()) : 0;

    /// <summary>The current field as a 32-bit integer; wider values lose their upper bits, as in Go.</summary>
    public int Int32() => unchecked((int)Int64());

    /// <summary>The current field as an unsigned 32-bit integer; wider values lose their upper bits, as in Go.</summary>
    public uint UInt32() => unchecked((uint)Int64());

    /// <summary>The current field as an sfixed64, little-endian.</summary>
    public long Fixed64()
    {
        var start = _position;
        if (Expect(WireType.Fixed64)) Advance(8);
        return Error is null ? BinaryPrimitives.ReadInt64LittleEndian(_data[start..]) : 0;
    }

    /// <summary>The current field's bytes, or the body of an embedded message.</summary>
    public ReadOnlySpan<byte> Bytes()
    {
        if (!Expect(WireType.Bytes)) return default;
        var length = Varint();
        if (Error is not null) return default;
        if (length > (ulong)(_data.Length - _position))
        {
            Fail("a field is longer than its message");
            return default;
        }

        var bytes = _data.Slice(_position, (int)length);
        _position += (int)length;
        return bytes;
    }

    /// <summary>Passes over an unknown field, groups included.</summary>
    public void Skip()
    {
        _position = _fieldStart;
        var depth = 0;
        do
        {
            var key = Varint();
            if (Error is not null) return;
            switch ((WireType)(key & 7))
            {
                case WireType.Varint: Varint(); break;
                case WireType.Fixed64: Advance(8); break;
                case WireType.Fixed32: Advance(4); break;
                case WireType.Bytes: Advance(Varint()); break;
                case WireType.StartGroup: depth++; break;
                case WireType.EndGroup when depth > 0: depth--; break;
                case WireType.EndGroup: Fail("end of a group that never began"); break;
                default: Fail($"illegal wire type {key & 7}"); break;
            }

            if (Error is not null) return;
        }
        while (depth > 0);
    }

    /// <summary>Ends the message with the error of an embedded one.</summary>
    public bool Fail(string? error)
    {
        Error ??= error;
        return false;
    }

    private bool Expect(WireType wanted) =>
        Error is null && (_wireType == wanted || Fail($"field {Field} has wire type {(int)_wireType} instead of {(int)wanted}"));

    private void Advance(ulong count)
    {
        if (count > (ulong)(_data.Length - _position)) Fail("a field is longer than its message");
        else _position += (int)count;
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (_position == _data.Length)
            {
                Fail("the message ends inside a number");
                return 0;
            }

            var b = _data[_position++];
            value |= unchecked((ulong)(b & 0x7F) << shift);
            if (b < 0x80) return value;
        }

        Fail("a number is longer than ten bytes");
        return 0;
    }
}
