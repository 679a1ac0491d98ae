using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Kms.Protocol.SecretConnection;

/// <summary>A Merlin transcript (merlin.cool, version 1.0) over STROBE-128 (strobe.sourceforge.io, v1.0.2): every value that both
/// ends saw goes in, a challenge that binds all of them comes out. Only the operations the handshake needs.</summary>
internal sealed class MerlinTranscript : IDisposable
{
    // Rate of STROBE-128: 200 - 2·128/8 - 2.
    private const int Rate = 166;

    private readonly byte[] _state = GC.AllocateArray<byte>(Keccak.StateSize, pinned: true);
    private byte _position;
    private byte _operationStart;

    /// <summary>A new transcript of the protocol <paramref name="label"/>.</summary>
    public MerlinTranscript(string label)
    {
        ReadOnlySpan<byte> header = [1, Rate + 2, 1, 0, 1, 12 * 8];
        header.CopyTo(_state);
        "STROBEv1.0.2"u8.CopyTo(_state.AsSpan(header.Length));
        Keccak.Permute(_state);
        Begin(Operation.Meta | Operation.AssociatedData);
        Absorb("Merlin v1.0"u8);
        Append("dom-sep", Encoding.ASCII.GetBytes(label));
    }

    [Flags]
    private enum Operation : byte
    {
        Inbound = 1,
        AssociatedData = 2,
        Cipher = 4,
        Meta = 16,
        Key = 32,
    }

    /// <summary>Adds a labelled message.</summary>
    public void Append(string label, ReadOnlySpan<byte> message)
    {
        Label(label, message.Length);
        Begin(Operation.AssociatedData);
        Absorb(message);
    }

    /// <summary>Draws a challenge that depends on everything added so far.</summary>
    public byte[] Challenge(string label, int length)
    {
        Label(label, length);
        Begin(Operation.Inbound | Operation.AssociatedData | Operation.Cipher);
        var challenge = new byte[length];
        for (var i = 0; i < length; i++)
        {
            challenge[i] = _state[_position];
            _state[_position] = 0;
            Step();
        }

        return challenge;
    }

    /// <summary>Zeroes the state, which has absorbed the shared secret.</summary>
    public void Dispose() => CryptographicOperations.ZeroMemory(_state);

    private void Label(string label, int length)
    {
        Span<byte> size = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(size, length);
        Begin(Operation.Meta | Operation.AssociatedData);
        Absorb(Encoding.ASCII.GetBytes(label));
        Absorb(size);
    }

    private void Begin(Operation operation)
    {
        ReadOnlySpan<byte> frame = [_operationStart, (byte)operation];
        _operationStart = (byte)(_position + 1);
        Absorb(frame);
        if ((operation & (Operation.Cipher | Operation.Key)) != 0 && _position != 0) Permute();
    }

    private void Absorb(ReadOnlySpan<byte> data)
    {
        foreach (var b in data)
        {
            _state[_position] ^= b;
            Step();
        }
    }

    private void Step()
    {
        if (++_position == Rate) Permute();
    }

    private void Permute()
    {
        _state[_position] ^= _operationStart;
        _state[_position + 1] ^= 0x04;
        _state[Rate + 1] ^= 0x80;
        Keccak.Permute(_state);
        _position = 0;
        _operationStart = 0;
    }
}
