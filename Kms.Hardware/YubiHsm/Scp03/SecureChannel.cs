using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Kms.Hardware.SoftSign;

namespace Kms.Hardware.YubiHsm.Scp03;

/// <summary>The messages of one session: each command encrypted and MAC-chained to all before it, each response checked before it is used. Pure but for
/// its state: the chain and the count. A failure leaves it unusable: the two ends are out of step, and only a new session helps.</summary>
public sealed class SecureChannel : IDisposable
{
    /// <summary>Most messages under one set of keys; then a new session is due.</summary>
    public const int MaxMessages = 1 << 20;

    private const int BlockSize = 16;
    private const int MacSize = 8;
    private const int BodyStart = Frame.HeaderSize + 1;
    private const byte PaddingStart = 0x80;

    private readonly Aes _aes = Aes.Create();
    private readonly AesCmac _commandMac;
    private readonly AesCmac _responseMac;
    private readonly byte[] _hostCryptogram;
    private readonly byte[] _chain = new byte[AesCmac.Size];
    private readonly byte[] _iv = new byte[BlockSize];
    private uint _counter;
    private State _state;

    /// <summary>Copies the keys; the caller disposes of its own.</summary>
    /// <param name="keys">Of a device that proved its cryptogram.</param>
    /// <param name="sessionId">0 to 15, as the device says.</param>
    /// <param name="firstMessage">The number of the first message after the authentication.</param>
    public SecureChannel(SessionKeys keys, byte sessionId, uint firstMessage = 1)
    {
        SessionId = sessionId;
        _counter = firstMessage;
        _aes.SetKey(keys.Encryption);
        _commandMac = new AesCmac(keys.CommandMac);
        _responseMac = new AesCmac(keys.ResponseMac);
        _hostCryptogram = keys.HostCryptogram.ToArray();
    }

    private enum State
    {
        New,
        Ready,
        Waiting,
        Broken,
        Closed,
    }

    /// <summary>The device's number of the session.</summary>
    public byte SessionId { get; }

    /// <summary>Whether another command can be sent.</summary>
    public bool IsUsable => _state == State.Ready && _counter <= MaxMessages;

    /// <summary>The frame of AuthenticateSession, the first of the chain. It shows the device that this end has the authentication key.</summary>
    public byte[] Authenticate()
    {
        Expect(State.New);
        var frame = Outer(CommandCode.AuthenticateSession, SessionKeys.CryptogramSize);
        _hostCryptogram.CopyTo(frame, BodyStart);
        AddMac(frame);
        _state = State.Ready;
        return frame;
    }

    /// <summary>Encrypts a command and adds its MAC. Nothing else can be sent until <see cref="TryUnwrap"/> had the response.</summary>
    /// <param name="inner">A whole frame; the caller zeroes it when it is secret.</param>
    public byte[] Wrap(ReadOnlySpan<byte> inner)
    {
        Expect(State.Ready);
        var frame = Seal(inner);
        _state = State.Waiting;
        return frame;
    }

    /// <summary>The frame of CloseSession; nothing can be sent after it. Also when the last response never came or could not be used: a device that
    /// had that command is in step with this frame, and one that had not refuses it.</summary>
    public byte[] Close()
    {
        if (_state is State.New or State.Closed) throw new InvalidOperationException($"the session is {_state}");
        // Under another number than a command that may have arrived.
        if (_state != State.Ready) _counter++;
        _state = State.Closed;
        return Seal(Frame.Encode(CommandCode.CloseSession, []));
    }

    /// <summary>Checks and decrypts the response.</summary>
    /// <param name="response">What the device sent.</param>
    /// <param name="plain">At least as large as the response.</param>
    /// <param name="inner">The inner frame in <paramref name="plain"/>.</param>
    /// <param name="failure">Why there is none.</param>
    /// <returns>False when the session is lost.</returns>
    public bool TryUnwrap(ReadOnlySpan<byte> response, Span<byte> plain, out ReadOnlySpan<byte> inner, [NotNullWhen(false)] out YubiHsmFailure? failure)
    {
        Expect(State.Waiting);
        // A failure must not be followed by a command, whatever it was: the next one would be under a chain that the device does not have.
        _state = State.Broken;
        inner = default;
        failure = Check(response) ?? Decrypt(response[BodyStart..^MacSize], plain, out inner);
        if (failure is not null) return false;
        _counter++;
        _state = State.Ready;
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _aes.Dispose();
        CryptographicOperations.ZeroMemory(_hostCryptogram);
        _state = State.Closed;
    }

    private static int PaddedSize(int inner) => (inner / BlockSize + 1) * BlockSize;

    private static YubiHsmFailure Lost(string what) => YubiHsmFailure.Malformed(CommandCode.SessionMessage, what);

    private byte[] Seal(ReadOnlySpan<byte> inner)
    {
        using var padded = new SecretBytes(PaddedSize(inner.Length));
        inner.CopyTo(padded.Span);
        padded.Span[inner.Length] = PaddingStart;

        var frame = Outer(CommandCode.SessionMessage, padded.Span.Length);
        NextIv();
        _aes.EncryptCbc(padded.Span, _iv, frame.AsSpan(BodyStart), PaddingMode.None);
        AddMac(frame);
        return frame;
    }

    private byte[] Outer(CommandCode code, int bodySize)
    {
        var frame = new byte[BodyStart + bodySize + MacSize];
        Frame.WriteHeader(frame, (byte)code);
        frame[Frame.HeaderSize] = SessionId;
        return frame;
    }

    private void AddMac(Span<byte> frame)
    {
        _commandMac.Compute(_chain, frame[..^MacSize], _chain);
        _chain.AsSpan(0, MacSize).CopyTo(frame[^MacSize..]);
    }

    private void NextIv()
    {
        Span<byte> block = stackalloc byte[BlockSize];
        block.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(block[^4..], _counter);
        _aes.EncryptEcb(block, _iv, PaddingMode.None);
    }

    /// <summary>In this order: the device's own error, the length, the session, the MAC. A device's error comes without a MAC: it can end a
    /// session, never answer a command.</summary>
    private YubiHsmFailure? Check(ReadOnlySpan<byte> response)
    {
        var failure = Frame.ReadAnswer(response, CommandCode.SessionMessage, out var data);
        if (failure is not null) return failure with { Cause = FailureCause.SessionLost };
        if (data.Length < 1 + BlockSize + MacSize || (data.Length - 1 - MacSize) % BlockSize != 0)
            return Lost($"{data.Length} bytes, which are no whole number of blocks");
        if (data[0] != SessionId) return Lost($"a message of session {data[0]} instead of {SessionId}");

        Span<byte> mac = stackalloc byte[AesCmac.Size];
        _responseMac.Compute(_chain, response[..^MacSize], mac);
        return CryptographicOperations.FixedTimeEquals(mac[..MacSize], response[^MacSize..])
            ? null
            : Lost("a message whose MAC is wrong: its bytes were changed on the way");
    }

    private YubiHsmFailure? Decrypt(ReadOnlySpan<byte> body, Span<byte> plain, out ReadOnlySpan<byte> inner)
    {
        var padded = plain[.._aes.DecryptCbc(body, _iv, plain, PaddingMode.None)];
        inner = padded.TrimEnd((byte)0);
        if (inner.IsEmpty || inner[^1] != PaddingStart || padded.Length - inner.Length >= BlockSize) return Lost("a message without padding");
        inner = inner[..^1];
        return Frame.IsWhole(inner) ? null : Lost("a message whose inner length is wrong");
    }

    private void Expect(State state)
    {
        if (_state != state || (state == State.Ready && !IsUsable)) throw new InvalidOperationException($"the session is {_state}, not {state}");
    }
}
