using System.Diagnostics.CodeAnalysis;
using NSec.Cryptography;

namespace Kms.Protocol.Noise;

/// <summary>The handshake of Noise_XX_25519_ChaChaPoly_SHA256 (noiseprotocol.org revision 34, 5.3 and 7.5), either end: e, then e ee s es,
/// then s se, each message with a payload. Bytes in, bytes out; a handshake that failed stays failed.</summary>
internal sealed class NoiseHandshake : IDisposable
{
    /// <summary>Largest Noise message in bytes.</summary>
    public const int MaxMessage = 65535;

    /// <summary>Size of a public key.</summary>
    public const int KeySize = 32;

    // XX, message by message; the initiator begins.
    private static readonly Token[][] Pattern = [[Token.E], [Token.E, Token.EE, Token.S, Token.ES], [Token.S, Token.SE]];

    private readonly bool _initiator;
    private readonly Key _static;
    private readonly Key _ephemeral;
    private readonly bool _ownsEphemeral;
    private readonly SymmetricState _symmetric;
    private readonly byte[] _remoteEphemeral = new byte[KeySize];
    private readonly byte[] _remoteStatic = new byte[KeySize];
    private string? _failure;

    /// <summary>Begins a handshake.</summary>
    /// <param name="initiator">Whether this end speaks first.</param>
    /// <param name="staticKey">Our static X25519 key; stays the caller's.</param>
    /// <param name="prologue">What both ends must agree on beforehand.</param>
    /// <param name="ephemeral">A fixed ephemeral key, for test vectors alone; stays the caller's.</param>
    public NoiseHandshake(bool initiator, Key staticKey, ReadOnlySpan<byte> prologue = default, Key? ephemeral = null)
    {
        _initiator = initiator;
        _static = staticKey;
        _ownsEphemeral = ephemeral is null;
        _ephemeral = ephemeral ?? Key.Create(KeyAgreementAlgorithm.X25519);
        _symmetric = new SymmetricState("Noise_XX_25519_ChaChaPoly_SHA256"u8, prologue);
    }

    private enum Token
    {
        E,
        S,
        EE,
        ES,
        SE,
    }

    /// <summary>Messages written and read so far, 0 to 3.</summary>
    public int Turn { get; private set; }

    /// <summary>Whether all three messages were exchanged.</summary>
    public bool IsComplete => Turn == Pattern.Length;

    /// <summary>Whether the next message is ours to write.</summary>
    public bool IsOurTurn => !IsComplete && Turn % 2 == 0 == _initiator;

    /// <summary>The peer's static key, once its message was read.</summary>
    public ReadOnlySpan<byte> RemoteStatic => _remoteStatic;

    /// <summary>Identifies the session once complete.</summary>
    public ReadOnlySpan<byte> Hash => _symmetric.Hash;

    /// <summary>Writes the next message.</summary>
    /// <param name="payload">What it carries; in the clear in the first message.</param>
    /// <param name="message">The message; null on failure.</param>
    /// <param name="error">Why the handshake failed; null when it did not.</param>
    public bool TryWrite(ReadOnlySpan<byte> payload, [NotNullWhen(true)] out byte[]? message, [NotNullWhen(false)] out string? error)
    {
        if (!IsOurTurn) throw new InvalidOperationException("the next message of the handshake is not ours");
        var buffer = new byte[2 * KeySize + 2 * CipherState.TagSize + payload.Length];
        var length = 0;
        error = _failure;
        foreach (var token in Pattern[Turn])
        {
            if (error is not null) break;
            switch (token)
            {
                case Token.E:
                    var key = _ephemeral.PublicKey.Export(KeyBlobFormat.RawPublicKey);
                    key.CopyTo(buffer, length);
                    length += key.Length;
                    _symmetric.MixHash(key);
                    break;
                case Token.S: error = Append(_static.PublicKey.Export(KeyBlobFormat.RawPublicKey)); break;
                default: error = Agree(token); break;
            }
        }

        error ??= Append(payload);
        if (error is null && length > MaxMessage) error = $"a handshake message of {length} bytes; {MaxMessage} are allowed";
        message = error is null ? buffer[..length] : null;
        return Advance(error);

        string? Append(ReadOnlySpan<byte> plain)
        {
            var size = plain.Length + _symmetric.Overhead;
            length += size;
            return _symmetric.EncryptAndHash(plain, buffer.AsSpan(length - size, size));
        }
    }

    /// <summary>Reads the peer's next message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="payload">What it carries; null on failure.</param>
    /// <param name="error">Why the handshake failed; null when it did not.</param>
    public bool TryRead(ReadOnlySpan<byte> message, [NotNullWhen(true)] out byte[]? payload, [NotNullWhen(false)] out string? error)
    {
        if (IsOurTurn || IsComplete) throw new InvalidOperationException("the next message of the handshake is not the peer's");
        var rest = message;
        payload = null;
        error = _failure ?? (message.Length > MaxMessage ? $"a handshake message of {message.Length} bytes; {MaxMessage} are allowed" : null);
        foreach (var token in Pattern[Turn])
        {
            if (error is not null) break;
            error = token switch
            {
                Token.E => TakeEphemeral(ref rest),
                Token.S => Take(ref rest, _remoteStatic),
                _ => Agree(token),
            };
        }

        if (error is null && rest.Length < _symmetric.Overhead) error = TooShort;
        if (error is null)
        {
            payload = new byte[rest.Length - _symmetric.Overhead];
            error = Take(ref rest, payload);
        }

        if (error is not null) payload = null;
        return Advance(error);
    }

    /// <summary>The ciphers of the finished handshake, which the caller disposes.</summary>
    public (CipherState Send, CipherState Receive) Split()
    {
        if (!IsComplete) throw new InvalidOperationException("the handshake is not complete");
        var (initiator, responder) = _symmetric.Split();
        return _initiator ? (initiator, responder) : (responder, initiator);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_ownsEphemeral) _ephemeral.Dispose();
        _symmetric.Dispose();
    }

    private const string TooShort = "a handshake message is too short";

    private bool Advance([NotNullWhen(false)] string? error)
    {
        _failure = error;
        if (error is null) Turn++;
        return error is null;
    }

    private string? TakeEphemeral(scoped ref ReadOnlySpan<byte> rest)
    {
        if (rest.Length < KeySize) return TooShort;
        rest[..KeySize].CopyTo(_remoteEphemeral);
        _symmetric.MixHash(_remoteEphemeral); // As it was sent: X25519 ignores the highest bit, the hash does not.
        rest = rest[KeySize..];
        return null;
    }

    private string? Take(scoped ref ReadOnlySpan<byte> rest, Span<byte> plain)
    {
        var size = plain.Length + _symmetric.Overhead;
        if (rest.Length < size) return TooShort;
        var error = _symmetric.DecryptAndHash(rest[..size], plain);
        rest = rest[size..];
        return error;
    }

    // ee, es, se: the first letter is the initiator's key, the second the responder's.
    private string? Agree(Token token)
    {
        var oursIsStatic = token == (_initiator ? Token.SE : Token.ES);
        var theirsIsStatic = token == (_initiator ? Token.ES : Token.SE);
        var theirs = theirsIsStatic ? _remoteStatic : _remoteEphemeral;
        if (!NSec.Cryptography.PublicKey.TryImport(KeyAgreementAlgorithm.X25519, theirs, KeyBlobFormat.RawPublicKey, out var remote)) return LowOrder;
        using var secret = KeyAgreementAlgorithm.X25519.Agree(oursIsStatic ? _static : _ephemeral, remote!);
        if (secret is null) return LowOrder;
        _symmetric.MixKey(secret);
        return null;
    }

    // The result would be zero, known to anyone. Noise leaves the check to the application (12.1); CometBFT's library, flynn/noise, makes it
    // too (x/crypto curve25519.X25519).
    private const string LowOrder = "the peer's key is a low-order point";
}
