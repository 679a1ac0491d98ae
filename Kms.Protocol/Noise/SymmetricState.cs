using System.Security.Cryptography;
using NSec.Cryptography;

namespace Kms.Protocol.Noise;

/// <summary>Noise's SymmetricState for SHA256 (noiseprotocol.org revision 34, 5.2): the hash h of all that was said, the chaining key ck, and
/// the cipher of the last agreed key, if any. ck lives in a pinned buffer that is zeroed, keys in NSec's guarded memory.</summary>
internal sealed class SymmetricState : IDisposable
{
    private const int Size = 32;

    private readonly byte[] _hash;
    private readonly byte[] _chainingKey = GC.AllocateArray<byte>(Size, pinned: true);
    private readonly byte[] _derived = GC.AllocateArray<byte>(2 * Size, pinned: true);
    private CipherState? _cipher;

    /// <summary>Starts with the protocol's name, of exactly 32 bytes, and the prologue.</summary>
    public SymmetricState(ReadOnlySpan<byte> protocol, ReadOnlySpan<byte> prologue)
    {
        _hash = protocol.ToArray();
        protocol.CopyTo(_chainingKey);
        MixHash(prologue);
    }

    /// <summary>h. Not a secret.</summary>
    public ReadOnlySpan<byte> Hash => _hash;

    /// <summary>Bytes that <see cref="EncryptAndHash"/> adds: none before the first key is agreed.</summary>
    public int Overhead => _cipher is null ? 0 : CipherState.TagSize;

    /// <summary>h = SHA-256(h ‖ data).</summary>
    public void MixHash(ReadOnlySpan<byte> data) => SHA256.HashData((byte[])[.. _hash, .. data], _hash);

    /// <summary>ck and the next key from ck and a shared secret. Noise's HKDF of two outputs is RFC 5869 with ck as salt and no info.</summary>
    public void MixKey(SharedSecret secret)
    {
        KeyDerivationAlgorithm.HkdfSha256.DeriveBytes(secret, _chainingKey, default, _derived);
        _derived.AsSpan(0, Size).CopyTo(_chainingKey);
        _cipher?.Dispose();
        _cipher = new CipherState(_derived.AsSpan(Size));
        CryptographicOperations.ZeroMemory(_derived);
    }

    /// <summary>Seals a part of a message, or copies it while no key is agreed, and mixes the result into h.</summary>
    /// <returns>Null, or why nothing was sealed.</returns>
    public string? EncryptAndHash(ReadOnlySpan<byte> plain, Span<byte> sealedBytes)
    {
        if (_cipher is null) plain.CopyTo(sealedBytes);
        else if (_cipher.Seal(_hash, plain, sealedBytes) is { } error) return error;
        MixHash(sealedBytes);
        return null;
    }

    /// <summary>Opens a part of a message, or copies it while no key is agreed, and mixes what was received into h.</summary>
    /// <returns>Null, or why it is refused.</returns>
    public string? DecryptAndHash(ReadOnlySpan<byte> sealedBytes, Span<byte> plain)
    {
        if (_cipher is null) sealedBytes.CopyTo(plain);
        else if (_cipher.Open(_hash, sealedBytes, plain) is { } error) return error;
        MixHash(sealedBytes);
        return null;
    }

    /// <summary>The ciphers of what the initiator and of what the responder sends. Only once: it uses up ck.</summary>
    public (CipherState Initiator, CipherState Responder) Split()
    {
        // In two steps, because the platform's HKDF does not take the empty key material that Noise has here.
        HMACSHA256.HashData(_chainingKey, ReadOnlySpan<byte>.Empty, _chainingKey);
        HKDF.Expand(HashAlgorithmName.SHA256, _chainingKey, _derived, info: default);
        var ciphers = (new CipherState(_derived.AsSpan(0, Size)), new CipherState(_derived.AsSpan(Size)));
        CryptographicOperations.ZeroMemory(_derived);
        CryptographicOperations.ZeroMemory(_chainingKey);
        return ciphers;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _cipher?.Dispose();
        CryptographicOperations.ZeroMemory(_chainingKey);
        CryptographicOperations.ZeroMemory(_derived);
    }
}
