using Google.Protobuf;
using Kms.Harness.Wire;

namespace Kms.Harness;

/// <summary>Privval framing on one stream: an unsigned varint length, then that many bytes (cometbft libs/protoio). Reads as much as a
/// node does and no more.</summary>
internal sealed class PrivvalFrames(Stream stream)
{
    /// <summary>Longest reply body in bytes that every node reads; see <see cref="Dialect.MaxReply"/>.</summary>
    public const int SmallReply = 10 * 1024;

    private const int MaxVarint = 10;

    private byte[] _buffer = new byte[SmallReply + MaxVarint];
    private int _filled;

    /// <summary>Bytes that came without having been asked for.</summary>
    public int Unsolicited => _filled;

    public async Task WriteAsync(Message message, CancellationToken ct)
    {
        using var bytes = new MemoryStream();
        message.WriteDelimitedTo(bytes);
        await WriteRawAsync(bytes.GetBuffer().AsMemory(0, (int)bytes.Length), ct);
    }

    public async Task WriteRawAsync(ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        await stream.WriteAsync(bytes, ct);
        await stream.FlushAsync(ct);
    }

    /// <summary>Reads one frame. Exactly one of the results is set: the message, or why there is none.</summary>
    /// <param name="limit">Longest body in bytes.</param>
    /// <param name="ct">Gives up.</param>
    public async Task<(Message? Message, SignerReply? Failure)> ReadAsync(int limit, CancellationToken ct)
    {
        while (true)
        {
            switch (Length(out var header, out var body))
            {
                case Prefix.Invalid: return (null, new SignerReply.Malformed("the length prefix is not a varint"));
                case Prefix.Complete when body > (ulong)limit:
                    return (null, new SignerReply.Malformed($"{body} bytes announced, a node reads at most {limit}"));
                case Prefix.Complete when header + (int)body <= _filled: return Take(header, (int)body);
                case Prefix.Complete when header + (int)body > _buffer.Length: Array.Resize(ref _buffer, header + (int)body); break;
            }

            var read = await stream.ReadAsync(_buffer.AsMemory(_filled), ct);
            if (read == 0) return (null, new SignerReply.Closed(_filled == 0 ? "end of stream" : $"end of stream after {_filled} bytes of a reply"));
            _filled += read;
        }
    }

    private (Message? Message, SignerReply? Failure) Take(int header, int body)
    {
        var (message, failure) = Parse(_buffer.AsSpan(header, body));
        _filled -= header + body;
        _buffer.AsSpan(header + body, _filled).CopyTo(_buffer);
        return (message, failure);
    }

    private static (Message? Message, SignerReply? Failure) Parse(ReadOnlySpan<byte> body)
    {
        try
        {
            return (Message.Parser.ParseFrom(body), null);
        }
        catch (InvalidProtocolBufferException e)
        {
            return (null, new SignerReply.Malformed($"not a privval message: {e.Message}"));
        }
    }

    private enum Prefix { Partial, Complete, Invalid }

    private Prefix Length(out int header, out ulong body)
    {
        body = 0;
        for (header = 0; header < _filled && header < MaxVarint; header++)
        {
            body |= (ulong)(_buffer[header] & 0x7f) << (7 * header);
            if (_buffer[header] >= 0x80) continue;
            header++;
            return Prefix.Complete;
        }

        return header == MaxVarint ? Prefix.Invalid : Prefix.Partial;
    }
}
