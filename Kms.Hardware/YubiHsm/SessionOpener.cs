using System.Security.Cryptography;
using Kms.Hardware.YubiHsm.Commands;
using Kms.Hardware.YubiHsm.Scp03;

namespace Kms.Hardware.YubiHsm;

/// <summary>Opens sessions: both ends show each other that they have the authentication key.</summary>
internal static class SessionOpener
{
    // A cryptogram and a MAC.
    private const int ProofSize = 16;

    /// <summary>Opens one.</summary>
    /// <param name="transport">The way to the device.</param>
    /// <param name="credentials">The authentication key.</param>
    /// <param name="hostChallenge">8 random bytes.</param>
    /// <param name="deadline">Cancelled when the session is not wanted any more.</param>
    public static async ValueTask<YubiHsmReply<SecureChannel>> OpenAsync(
        IYubiHsmTransport transport, Credentials credentials, ReadOnlyMemory<byte> hostChallenge, CancellationToken deadline)
    {
        var create = CreateSessionCommand.Encode(credentials.KeyId, hostChallenge.Span);
        var created = await PlainExchange.SendAsync<CreateSessionResponse>(transport, CommandCode.CreateSession, create, deadline);
        if (created.Response is not { } card) return Explain(created.Failure!, credentials.KeyId);

        using var keys = SessionKeys.Derive(credentials, hostChallenge.Span, card.CardChallenge.Span);
        if (!keys.Proves(card.CardCryptogram.Span))
        {
            // Our cryptogram would let a device try passwords that does not have the key. Random bytes tell it nothing, and end the half-open session at
            // once: it would be one of 16 for 30 s.
            await transport.ExchangeAsync(
                Frame.Encode(CommandCode.AuthenticateSession, [card.SessionId, .. RandomNumberGenerator.GetBytes(ProofSize)]), deadline);
            return WrongPassword(credentials.KeyId);
        }

        var channel = new SecureChannel(keys, card.SessionId);
        var opened = await PlainExchange.SendAsync<EmptyResponse>(transport, CommandCode.AuthenticateSession, channel.Authenticate(), deadline);
        if (opened.Failure is not { } failure) return channel;
        // Where the device did not refuse, it may have opened the session: without this it keeps it for 30 s.
        if (failure.Error is null) await transport.ExchangeAsync(channel.Close(), deadline);
        channel.Dispose();
        return Explain(failure, credentials.KeyId);
    }

    private static YubiHsmFailure Explain(YubiHsmFailure failure, ushort keyId) => failure.Error switch
    {
        DeviceError.ObjectNotFound =>
            new YubiHsmFailure(FailureCause.Credentials, $"the device has no authentication key 0x{keyId:x4}: see auth.key", failure.Error),
        DeviceError.AuthenticationFailed => WrongPassword(keyId) with { Error = failure.Error },
        // There is no session that could go on.
        _ => failure.Cause == FailureCause.Refused ? failure with { Cause = FailureCause.SessionLost } : failure,
    };

    private static YubiHsmFailure WrongPassword(ushort keyId) =>
        new(FailureCause.Credentials, $"authentication failed: the password of authentication key 0x{keyId:x4} is wrong");
}
