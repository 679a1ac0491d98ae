using Google.Protobuf;
using Kms.Harness.Wire;

namespace Kms.Harness;

/// <summary>Privval framing on one stream: an unsigned varint length, then that many bytes (cometbft libs/protoio). Reads as a node
/// before CometBFT 0.40 does, with its limit of 10 KiB.</summary>
internal sealed class PrivvalFrames(Stream stream)
{
    /// <summary>Longest reply body in bytes a node reads (privval/signer_endpoint.go, maxRemoteSignerMsgSize).</summary>
    public const int MaxReply = 10 * 1024;

    private const int MaxVarint = 10;

    private readonly byte[] _buffer = new byte[MaxReply + MaxVarint];
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
    public async Task<(Message? Message, SignerReply? Failure)> ReadAsync(CancellationToken ct)
    {
        while (true)
        {
            switch (Length(out var header, out var body))
            {
                case Prefix.Invalid: return (null, new SignerReply.Malformed("the length prefix is not a varint"));
                case Prefix.Complete when body > MaxReply:
                    return (null, new SignerReply.Malformed($"{body} bytes announced, a node reads at most {MaxReply}"));
                case Prefix.Complete when header + (int)body <= _filled: return Take(header, (int)body);
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
