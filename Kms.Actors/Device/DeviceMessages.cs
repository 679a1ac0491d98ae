using Kms.Core.Consensus;
using Kms.Core.Signing;

namespace Kms.Actors.Device;

/// <summary>What a device can be asked. The messages never leave the process.</summary>
public static class DeviceMessages
{
    /// <summary>Sign; answered with a <see cref="SignOutcome"/>. A request whose deadline has passed is dropped: nobody waits for it.</summary>
    /// <param name="Key">The key.</param>
    /// <param name="Message">The exact bytes.</param>
    /// <param name="Deadline">Cancelled when the asker has gone.</param>
    public sealed record Sign(DeviceKeyId Key, SignBytes Message, CancellationToken Deadline);

    /// <summary>Finish the command that goes on, end the session, stop.</summary>
    public sealed record Stop
    {
        /// <summary>The only one.</summary>
        public static readonly Stop Instance = new();
    }
}
