using Akka.Actor;
using Kms.Core.Consensus;
using Kms.Core.Signing;

namespace Kms.Actors.Device;

/// <summary>A key in a device: asks the device's actor. Safe for use from several threads.</summary>
/// <param name="link">Where the actor is.</param>
/// <param name="device">The device's name.</param>
/// <param name="key">The key's name in it.</param>
/// <param name="publicKey">Its public key, as read at the start.</param>
/// <param name="signsOnlyVotes">What the device says of itself.</param>
public sealed class DeviceSigner(DeviceLink link, string device, DeviceKeyId key, PublicKey publicKey, bool signsOnlyVotes = false) : IConsensusSigner
{
    private volatile bool _closed;

    /// <inheritdoc/>
    public string Provider => device;

    /// <inheritdoc/>
    public PublicKey PublicKey => publicKey;

    /// <inheritdoc/>
    public bool SignsOnlyVotes => signsOnlyVotes;

    /// <inheritdoc/>
    public async ValueTask<SignOutcome> SignAsync(SignBytes message, CancellationToken deadline)
    {
        if (_closed) return SignOutcome.Failed($"{device}: the key is closed");
        if (deadline.IsCancellationRequested) return TooLate();
        if (link.Actor is not { } actor) return SignOutcome.Failed($"{device}: device unavailable: it is not running");
        try
        {
            return await actor.Ask<SignOutcome>(new DeviceMessages.Sign(key, message, deadline), Timeout.InfiniteTimeSpan, deadline).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return TooLate();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _closed = true;

    private SignOutcome TooLate() => SignOutcome.Failed($"{device}: the deadline passed before the device had signed");
}
