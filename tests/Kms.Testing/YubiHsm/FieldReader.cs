using System.Buffers.Binary;

namespace Kms.Testing.YubiHsm;

/// <summary>Reads the fields of a command one after the other; a missing or a left-over byte is <see cref="DeviceRefusal.WrongLength"/>.</summary>
internal ref struct FieldReader(ReadOnlySpan<byte> data)
{
    private ReadOnlySpan<byte> _rest = data;

    public readonly bool IsEmpty => _rest.IsEmpty;

    public byte Byte() => Take(1)[0];

    public ushort U16() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    public DeviceCapabilities Capabilities() => (DeviceCapabilities)BinaryPrimitives.ReadUInt64BigEndian(Take(8));

    public byte[] Bytes(int count) => Take(count).ToArray();

    public byte[] Rest() => Bytes(_rest.Length);

    public readonly void End()
    {
        if (!_rest.IsEmpty) throw new CommandFailure(DeviceRefusal.WrongLength);
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (_rest.Length < count) throw new CommandFailure(DeviceRefusal.WrongLength);
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}

/// <summary>Writes numbers, most significant byte first.</summary>
internal static class Fields
{
    public static byte[] U16(int value)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, checked((ushort)value));
        return bytes;
    }

    public static byte[] U32(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    public static byte[] Write(this DeviceCapabilities value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, (ulong)value);
        return bytes;
    }
}
