using System.Buffers.Binary;

namespace Kms.Protocol.Noise;

/// <summary>Noise messages on a byte stream as libp2p frames them, in the handshake and after (specs noise/README.md, Wire Format): the length
/// in two bytes, big-endian, and the message. No message is too long to announce, so none is refused here.</summary>
internal sealed class NoiseFrames(Stream stream)
{
    private const int LengthSize = 2;

    private readonly byte[] _buffer = new byte[NoiseHandshake.MaxMessage];

    /// <summary>A frame with its length in place.</summary>
    /// <param name="length">Of the message, at most 65535.</param>
    /// <param name="message">Where the message goes.</param>
    public static byte[] New(int length, out Span<byte> message)
    {
        var frame = new byte[LengthSize + length];
        BinaryPrimitives.WriteUInt16BigEndian(frame, checked((ushort)length));
        message = frame.AsSpan(LengthSize);
        return frame;
    }

    /// <summary>Reads one message and not a byte beyond it.</summary>
    /// <returns>The message, valid until the next read; null at the end of the stream.</returns>
    /// <exception cref="NoiseException">The stream ended inside a frame.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancel)
    {
        var got = await FillAsync(LengthSize, cancel).ConfigureAwait(false);
        if (got == 0) return null;
        var length = BinaryPrimitives.ReadUInt16BigEndian(_buffer);
        if (got < LengthSize || await FillAsync(length, cancel).ConfigureAwait(false) < length)
            throw new NoiseException("the connection was closed inside a frame");
        return _buffer.AsMemory(0, length);
    }

    private ValueTask<int> FillAsync(int count, CancellationToken cancel) =>
        stream.ReadAtLeastAsync(_buffer.AsMemory(0, count), count, throwOnEndOfStream: false, cancel);
}
