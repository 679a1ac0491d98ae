using System.Buffers.Binary;
using NSec.Cryptography;

namespace Kms.Protocol.SecretConnection;

/// <summary>Seals or opens the frames of one direction: ChaCha20-Poly1305 (RFC 8439) over 4 bytes of little-endian length and 1024
/// bytes of data, with a counter as nonce (cometbft p2p/conn/secret_connection.go).</summary>
internal sealed class FrameCipher : IDisposable
{
    /// <summary>Most application bytes in one frame.</summary>
    public const int MaxData = 1024;

    /// <summary>Frame size before sealing.</summary>
    public const int PlainSize = LengthSize + MaxData;

    /// <summary>Frame size on the wire.</summary>
    public const int SealedSize = PlainSize + 16;

    private const int LengthSize = 4;

    private readonly Key _key;
    private readonly byte[] _nonce = new byte[12];
    private readonly byte[] _plain = GC.AllocateArray<byte>(PlainSize, pinned: true);
    private ulong _counter;

    /// <summary>A direction whose first frame has nonce 0. The caller zeroes its copy of the key.</summary>
    public FrameCipher(ReadOnlySpan<byte> key) => _key = Key.Import(AeadAlgorithm.ChaCha20Poly1305, key, KeyBlobFormat.RawSymmetricKey);

    /// <summary>Seals at most <see cref="MaxData"/> bytes.</summary>
    public void Seal(ReadOnlySpan<byte> data, Span<byte> frame)
    {
        _plain.AsSpan().Clear();
        BinaryPrimitives.WriteInt32LittleEndian(_plain, data.Length);
        data.CopyTo(_plain.AsSpan(LengthSize));
        AeadAlgorithm.ChaCha20Poly1305.Encrypt(_key, NextNonce(), default, _plain, frame);
    }

    /// <summary>Opens a frame.</summary>
    /// <param name="frame">The sealed frame.</param>
    /// <param name="data">Where the application bytes go, at least <see cref="MaxData"/>.</param>
    /// <param name="error">Why the frame is refused; null when it is genuine.</param>
    /// <returns>Number of application bytes.</returns>
    public int Open(ReadOnlySpan<byte> frame, Span<byte> data, out string? error)
    {
        error = "a frame was tampered with, replayed or sealed with another key";
        if (!AeadAlgorithm.ChaCha20Poly1305.Decrypt(_key, NextNonce(), default, frame, _plain)) return 0;

        var length = BinaryPrimitives.ReadUInt32LittleEndian(_plain);
        error = length switch
        {
            > MaxData => $"a frame announces {length} bytes of {MaxData}",
            0 => "a frame without data", // No sender makes one, and a reader would wait on it for ever.
            _ => null,
        };
        if (error is not null) return 0;
        _plain.AsSpan(LengthSize, (int)length).CopyTo(data);
        return (int)length;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _key.Dispose();
        _plain.AsSpan().Clear();
    }

    // A counter that wrapped would reuse a nonce; checked arithmetic stops it after 2^64 frames.
    private byte[] NextNonce()
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_nonce.AsSpan(4), _counter++);
        return _nonce;
    }
}
