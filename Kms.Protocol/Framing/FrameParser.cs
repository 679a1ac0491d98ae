namespace Kms.Protocol.Framing;

/// <summary>What a buffer holds.</summary>
public enum FrameStatus
{
    /// <summary>A whole frame.</summary>
    Complete,

    /// <summary>The beginning of a frame.</summary>
    Incomplete,

    /// <summary>A length above the limit, or one that is no number at all. The stream cannot be read on.</summary>
    Broken,
}

/// <summary>Varint-delimited framing of privval and of the SecretConnection handshake (cometbft libs/protoio). Pure.</summary>
public static class FrameParser
{
    /// <summary>Looks for one frame at the start of <paramref name="buffer"/>. Nothing is consumed unless it is whole.</summary>
    /// <param name="buffer">Bytes received and not consumed yet.</param>
    /// <param name="limit">Largest body in bytes.</param>
    /// <param name="body">Where the body lies in <paramref name="buffer"/>; it ends where the next frame begins.</param>
    /// <param name="error">What is wrong with a broken frame; null otherwise.</param>
    public static FrameStatus Parse(ReadOnlySpan<byte> buffer, int limit, out Range body, out string? error)
    {
        body = default;
        error = null;
        ulong length = 0;
        for (var i = 0; i < buffer.Length; i++)
        {
            // The tenth byte may add one bit only (Go encoding/binary, ReadUvarint).
            if (i == 10 || (i == 9 && buffer[i] > 1))
            {
                error = "the frame length is not a 64-bit number";
                return FrameStatus.Broken;
            }

            length |= (ulong)(buffer[i] & 0x7F) << (7 * i);
            if (buffer[i] >= 0x80) continue;
            if (length > (ulong)limit)
            {
                error = $"a frame of {length} bytes exceeds the limit of {limit}";
                return FrameStatus.Broken;
            }

            var start = i + 1;
            body = start..(start + (int)length);
            return buffer.Length - start >= (int)length ? FrameStatus.Complete : FrameStatus.Incomplete;
        }

        return FrameStatus.Incomplete;
    }
}
