using Kms.Core;
using Kms.Core.Signing;

namespace Kms.Actors.Device;

/// <summary>What a device's actor needs.</summary>
/// <param name="Device">The device; stays the caller's.</param>
/// <param name="Keys">The public keys that chains show to their nodes: what every session must have, and what is signed with.</param>
/// <param name="Link">Where signers find the actor.</param>
public sealed record DeviceOptions(ISigningDevice Device, IReadOnlyDictionary<DeviceKeyId, PublicKey> Keys, DeviceLink Link)
{
    /// <summary>Most requests that wait; the next one is refused at once.</summary>
    public int MaxWaiting { get; init; } = 64;

    /// <summary>Most time for a command, after which the session is given up. A YubiHSM 2 signs in 0.13 s; what is left of a signature's deadline is
    /// for a second device with the same key.</summary>
    public TimeSpan CommandLimit { get; init; } = Limits.SignDeadline / 2;

    /// <summary>Most time to open a session.</summary>
    public TimeSpan OpenLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>First pause before opening it again.</summary>
    public TimeSpan MinReopen { get; init; } = Limits.MinRedial;

    /// <summary>Longest pause before opening it again.</summary>
    public TimeSpan MaxReopen { get; init; } = Limits.MaxRedial;

    /// <summary>The pause where only an operator can help: longer than a device keeps a half-open session, so that none run out.</summary>
    public TimeSpan OperatorPause { get; init; } = TimeSpan.FromSeconds(10);
}
