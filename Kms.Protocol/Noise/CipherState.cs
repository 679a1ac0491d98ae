using System.Buffers.Binary;
using NSec.Cryptography;

namespace Kms.Protocol.Noise;

/// <summary>Noise's CipherState with ChaChaPoly (noiseprotocol.org revision 34, 5.1 and 12.3): a key and a counter, whose nonce is 4 zero bytes
/// and the counter in little-endian.</summary>
internal sealed class CipherState : IDisposable
{
    /// <summary>Bytes that sealing adds.</summary>
    public const int TagSize = 16;

    private readonly Key _key;
    private readonly byte[] _nonce = new byte[12];
    private ulong _counter;

    /// <summary>Imports a key of 32 bytes; the caller zeroes its copy.</summary>
    /// <param name="key">The key.</param>
    /// <param name="counter">Number of the first message; other than 0 in tests only.</param>
    public CipherState(ReadOnlySpan<byte> key, ulong counter = 0)
    {
        _key = Key.Import(AeadAlgorithm.ChaCha20Poly1305, key, KeyBlobFormat.RawSymmetricKey);
        _counter = counter;
    }

    /// <summary>Seals a message into <paramref name="sealedBytes"/>, which is <see cref="TagSize"/> longer.</summary>
    /// <returns>Null, or why nothing was sealed.</returns>
    public string? Seal(ReadOnlySpan<byte> associated, ReadOnlySpan<byte> plain, Span<byte> sealedBytes)
    {
        if (Exhausted) return "the last nonce of the connection is used up; connect anew";
        AeadAlgorithm.ChaCha20Poly1305.Encrypt(_key, Nonce(), associated, plain, sealedBytes);
        _counter++;
        return null;
    }

    /// <summary>Opens a message into <paramref name="plain"/>, which is <see cref="TagSize"/> shorter.</summary>
    /// <returns>Null, or why it is refused.</returns>
    public string? Open(ReadOnlySpan<byte> associated, ReadOnlySpan<byte> sealedBytes, Span<byte> plain)
    {
        if (Exhausted) return "the last nonce of the connection is used up; connect anew";
        if (!AeadAlgorithm.ChaCha20Poly1305.Decrypt(_key, Nonce(), associated, sealedBytes, plain))
            return "a message was tampered with, replayed or sealed with another key";
        _counter++;
        return null;
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    // The greatest number is reserved (5.1), and one past it would wrap and use a nonce twice.
    private bool Exhausted => _counter == ulong.MaxValue;

    private byte[] Nonce()
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_nonce.AsSpan(4), _counter);
        return _nonce;
    }
}
