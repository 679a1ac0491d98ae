using System.Security.Cryptography;
using Kms.Hardware.SoftSign;
using Kms.Hardware.YubiHsm.Commands;
using Kms.Hardware.YubiHsm.Scp03;

namespace Kms.Hardware.YubiHsm;

/// <summary>A session that is opened by the first command and kept open; commands are sent one at a time. A session that was lost is opened again once
/// for a command that <see cref="ICommand{TResponse}.MayRepeat"/>; then the failure is the answer. A command that may not is not repeated, even
/// where the device says that it did not run it: that answer has no MAC. Every session is closed that the device may still have: it has 16.</summary>
/// <remarks>Owns neither the transport nor the credentials.</remarks>
public sealed class YubiHsmSession : IYubiHsm, IAsyncDisposable
{
    /// <summary>How long a session may be idle before the device takes it away.</summary>
    public static readonly TimeSpan IdleLimit = TimeSpan.FromSeconds(30);

    /// <summary>How often an <see cref="EchoCommand"/> keeps it.</summary>
    public static readonly TimeSpan KeepAliveInterval = TimeSpan.FromSeconds(15);

    // The device's clock is another one, and the frame has a way to go. A number that was given to somebody else must not be used.
    private static readonly TimeSpan MaxIdle = IdleLimit - TimeSpan.FromSeconds(1);

    /// <summary>How long closing may take: a device that does not answer closes it by itself.</summary>
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(1);

    private readonly IYubiHsmTransport _transport;
    private readonly Credentials _credentials;
    private readonly Func<byte[]> _challenge;
    private readonly SemaphoreSlim _turn = new(1);
    private SecureChannel? _channel;
    private long _lastUse;
    private byte[]? _farewell;
    private bool _closed;

    /// <summary>A session that is not open yet.</summary>
    /// <param name="transport">The way to the device.</param>
    /// <param name="credentials">The authentication key.</param>
    /// <param name="challenge">Where 8 random bytes come from for each session; null for the system's randomness. Others are for replays.</param>
    public YubiHsmSession(IYubiHsmTransport transport, Credentials credentials, Func<byte[]>? challenge = null)
    {
        _transport = transport;
        _credentials = credentials;
        _challenge = challenge ?? (() => RandomNumberGenerator.GetBytes(SessionKeys.ChallengeSize));
    }

    /// <summary>Largest frame the device takes; from its firmware (<see cref="GetDeviceInfoResponse.MaxFrameSize"/>) when that is known.</summary>
    public int MaxFrameSize { get; init; } = Frame.MaxSize;

    /// <summary>Measures how long the session was idle.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    private bool IsIdle => Clock.GetElapsedTime(_lastUse) >= MaxIdle;

    /// <inheritdoc/>
    public async ValueTask<YubiHsmReply<TResponse>> SendAsync<TResponse>(ICommand<TResponse> command, CancellationToken deadline)
        where TResponse : class, IResponse<TResponse>
    {
        if (!await TakeTurnAsync(deadline)) return new YubiHsmFailure(FailureCause.Transport, "the deadline passed while other commands were sent");
        try
        {
            if (_closed) return new YubiHsmFailure(FailureCause.Transport, "the session is closed");
            var wasOpen = _channel is not null;
            var reply = await OnceAsync(command, deadline);
            var again = wasOpen && command.MayRepeat && !deadline.IsCancellationRequested
                && reply.Failure is { Cause: FailureCause.SessionLost or FailureCause.Transport };
            return again ? await OnceAsync(command, deadline) : reply;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Waits for the command under way and tells the device that the session is over: one that is left takes 30 s to end.</summary>
    public async ValueTask DisposeAsync()
    {
        await _turn.WaitAsync();
        _closed = true;
        Drop();
        using var deadline = new CancellationTokenSource(CloseTimeout);
        await SayFarewellAsync(deadline.Token);
        _turn.Release();
    }

    private async ValueTask<bool> TakeTurnAsync(CancellationToken deadline)
    {
        try
        {
            await _turn.WaitAsync(deadline);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async ValueTask<YubiHsmReply<TResponse>> OnceAsync<TResponse>(ICommand<TResponse> command, CancellationToken deadline)
        where TResponse : class, IResponse<TResponse>
    {
        if (Frame.HeaderSize + command.Size > MaxFrameSize - Frame.SessionOverhead) return TooLarge(command);
        if (await OpenAsync(deadline) is { } unopened) return unopened;

        var answer = await _transport.ExchangeAsync(Wrap(command), deadline);
        _lastUse = Clock.GetTimestamp();
        var reply = answer.Frame is { } frame ? Read(command, frame.Span) : new YubiHsmFailure(FailureCause.Transport, answer.Error!);
        // After anything but a response and a refusal the two ends are out of step. An error of the device outside of the session says that it has none.
        if (reply.Failure is { Cause: not FailureCause.Refused } failure) Drop(isOver: failure.Error is not null);
        return reply;
    }

    private async ValueTask<YubiHsmFailure?> OpenAsync(CancellationToken deadline)
    {
        if (_channel is { IsUsable: true } && !IsIdle) return null;
        Drop();
        var opened = await SessionOpener.OpenAsync(_transport, _credentials, _challenge(), deadline);
        if (opened.Failure?.Error == DeviceError.SessionsFull && _farewell is not null)
        {
            // One of them is ours.
            await SayFarewellAsync(deadline);
            opened = await SessionOpener.OpenAsync(_transport, _credentials, _challenge(), deadline);
        }

        _channel = opened.Response;
        if (opened.Failure is not null) return opened.Failure;
        _lastUse = Clock.GetTimestamp();
        await SayFarewellAsync(deadline);
        return null;
    }

    /// <summary>Closes the session that was dropped last. Nothing depends on the answer. A device that gave its number again has closed it itself.</summary>
    private async ValueTask SayFarewellAsync(CancellationToken deadline)
    {
        if (_farewell is not { } farewell) return;
        _farewell = null;
        if (_channel?.SessionId != farewell[Frame.HeaderSize]) await _transport.ExchangeAsync(farewell, deadline);
    }

    private byte[] Wrap<TResponse>(ICommand<TResponse> command) where TResponse : class, IResponse<TResponse>
    {
        using var inner = new SecretBytes(Frame.HeaderSize + command.Size);
        Frame.WriteHeader(inner.Span, (byte)command.Code);
        command.Write(inner.Span[Frame.HeaderSize..]);
        return _channel!.Wrap(inner.Span);
    }

    private YubiHsmReply<TResponse> Read<TResponse>(ICommand<TResponse> command, ReadOnlySpan<byte> frame)
        where TResponse : class, IResponse<TResponse>
    {
        using var plain = new SecretBytes(frame.Length);
        return _channel!.TryUnwrap(frame, plain.Span, out var inner, out var failure) ? PlainExchange.Read<TResponse>(command.Code, inner) : failure;
    }

    /// <param name="isOver">Whether the device has closed the session.</param>
    private void Drop(bool isOver = false)
    {
        if (_channel is not null)
        {
            _farewell = isOver ? null : _channel.Close();
            _channel.Dispose();
            _channel = null;
        }

        // The device has closed it by itself, and may have given its number to somebody else.
        if (IsIdle) _farewell = null;
    }

    private YubiHsmFailure TooLarge<TResponse>(ICommand<TResponse> command) where TResponse : class, IResponse<TResponse> =>
        new(FailureCause.Request, $"{command.Code}: {command.Size} bytes do not fit into a frame of {MaxFrameSize} bytes, the largest of the device");
}
