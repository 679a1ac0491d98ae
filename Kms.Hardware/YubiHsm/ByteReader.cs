using System.Buffers.Binary;

namespace Kms.Hardware.YubiHsm;

/// <summary>Reads a response's data from front to back, big-endian. What is not there reads as zeroes and shows in <see cref="Complete"/>, which a
/// parser asks once, at its end.</summary>
internal ref struct ByteReader(ReadOnlySpan<byte> data)
{
    private ReadOnlySpan<byte> _rest = data;
    private bool _short;

    /// <summary>All that was read was there, and nothing is left.</summary>
    public readonly bool Complete => !_short && _rest.IsEmpty;

    /// <summary>Whether anything is left to read.</summary>
    public readonly bool More => !_short && !_rest.IsEmpty;

    public byte Byte() => Bytes(1)[0];

    public ushort UInt16() => BinaryPrimitives.ReadUInt16BigEndian(Bytes(2));

    public uint UInt32() => BinaryPrimitives.ReadUInt32BigEndian(Bytes(4));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64BigEndian(Bytes(8));

    /// <summary>Exactly so many bytes.</summary>
    public ReadOnlySpan<byte> Bytes(int count)
    {
        _short |= _rest.Length < count;
        if (_short) return new byte[count];
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    /// <summary>All that is left.</summary>
    public ReadOnlySpan<byte> Rest()
    {
        var taken = _rest;
        _rest = default;
        return taken;
    }
}
