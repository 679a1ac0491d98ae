using System.Security.Cryptography;
using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Hardware.YubiHsm.Commands;

namespace Kms.Hardware.YubiHsm;

/// <summary>A consensus key in a YubiHSM 2. The device and the session are shared: disposing of the signer leaves both open. Safe for use from several
/// threads.</summary>
public sealed class YubiHsmSigner : IConsensusSigner
{
    private readonly IYubiHsm _device;
    private readonly ushort _keyId;
    private volatile bool _closed;

    private YubiHsmSigner(IYubiHsm device, ushort keyId, PublicKey publicKey)
    {
        _device = device;
        _keyId = keyId;
        PublicKey = publicKey;
    }

    /// <inheritdoc/>
    public string Provider => "yubihsm";

    /// <inheritdoc/>
    public PublicKey PublicKey { get; }

    /// <summary>Reads the public key of a key in the device.</summary>
    /// <param name="device">Answers commands for as long as the signer is used.</param>
    /// <param name="keyId">The asymmetric key.</param>
    /// <param name="algorithm">What it must be a key of.</param>
    /// <param name="deadline">Cancelled when the key is not wanted any more.</param>
    public static async ValueTask<YubiHsmReply<YubiHsmSigner>> OpenAsync(IYubiHsm device, ushort keyId, KeyAlgorithm algorithm, CancellationToken deadline)
    {
        var reply = await device.SendAsync(new GetPublicKeyCommand(keyId), deadline);
        if (reply.Response is not { } response) return Explain(reply.Failure!, keyId);
        return response.ToPublicKey() is { } key && key.Algorithm == algorithm
            ? new YubiHsmSigner(device, keyId, key)
            : new YubiHsmFailure(FailureCause.Refused, $"YubiHSM key 0x{keyId:x4} is not a valid {algorithm} key: it is of {response.Algorithm}");
    }

    /// <inheritdoc/>
    public async ValueTask<SignOutcome> SignAsync(SignBytes message, CancellationToken deadline)
    {
        if (deadline.IsCancellationRequested) return SignOutcome.Failed("yubihsm: the deadline passed before signing");
        if (_closed) return SignOutcome.Failed("yubihsm: the key is closed");
        var reply = await RequestAsync(message, deadline);
        return reply.Response is { } signature ? SignOutcome.Ok(signature) : SignOutcome.Failed($"yubihsm: {reply.Failure!.Reason}");
    }

    /// <summary>As <see cref="SignAsync"/>, with the cause of a failure.</summary>
    /// <param name="message">The exact bytes.</param>
    /// <param name="deadline">Cancelled when the signature is not wanted any more.</param>
    public async ValueTask<YubiHsmReply<Signature>> RequestAsync(SignBytes message, CancellationToken deadline)
    {
        var (signature, failure) = PublicKey.Algorithm == KeyAlgorithm.Ed25519
            ? await SignEddsaAsync(message, deadline)
            : await SignEcdsaAsync(message, deadline);
        return signature is not null ? signature : Explain(failure!, _keyId);
    }

    /// <inheritdoc/>
    public void Dispose() => _closed = true;

    // Where there is no session the error is about the authentication key.
    private static YubiHsmFailure Explain(YubiHsmFailure failure, ushort keyId) => (failure.Cause, failure.Error) switch
    {
        (FailureCause.Refused, DeviceError.ObjectNotFound) => failure with
        {
            Reason = $"key 0x{keyId:x4} is not in the device, or shares no domain with the authentication key: see `yubihsm keys list`",
        },
        (FailureCause.Refused, DeviceError.InsufficientPermissions) => failure with
        {
            Reason = $"the authentication key or key 0x{keyId:x4} lacks the capability to sign (sign-eddsa, sign-ecdsa): give it to both",
        },
        (FailureCause.Refused, DeviceError.InvalidData) => failure with
        {
            Reason = $"the device cannot sign this with key 0x{keyId:x4}: firmware before 2.5 says so also when the authentication key or the key lacks "
                + "the capability (sign-eddsa, sign-ecdsa); give it to both",
        },
        _ => failure,
    };

    private async ValueTask<(Signature?, YubiHsmFailure?)> SignEddsaAsync(SignBytes message, CancellationToken deadline)
    {
        var reply = await _device.SendAsync(new SignEddsaCommand(_keyId, message.Memory), deadline);
        return (reply.Response?.Signature, reply.Failure);
    }

    private async ValueTask<(Signature?, YubiHsmFailure?)> SignEcdsaAsync(SignBytes message, CancellationToken deadline)
    {
        var reply = await _device.SendAsync(new SignEcdsaCommand(_keyId, SHA256.HashData(message.Span)), deadline);
        return (reply.Response?.Signature, reply.Failure);
    }
}
