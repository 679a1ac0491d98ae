using System.Text;
using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Protocol.SignBytes;

namespace Kms.Host.Composition;

/// <summary>Tries a device before anything depends on it: opens it, reads the public keys, and lets every key sign something that means nothing, unless the
/// device signs votes only.</summary>
internal static class DeviceTrial
{
    /// <summary>How long all of it may take.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    /// <summary>What is signed. No consensus message begins like this, and no other protocol's: whoever gets hold of the signature can do nothing with it.</summary>
    public static readonly SignBytes Text = new(Encoding.ASCII.GetBytes("tmkms: this signature shows that the key can sign, and nothing else"));

    /// <summary>The public keys; or why the device cannot be used.</summary>
    public static async Task<(IReadOnlyDictionary<DeviceKeyId, PublicKey>? Keys, string? Error)> RunAsync(ISigningDevice device, CancellationToken deadline)
    {
        var opening = await device.OpenAsync(deadline).ConfigureAwait(false);
        if (opening.Session is not { } session) return (null, $"{device.Name}: {opening.Error}");
        await using (session.ConfigureAwait(false))
        {
            if (device.SignsOnlyVotes) return (session.Keys, null);
            foreach (var (id, key) in session.Keys)
                if (Problem(await session.SignAsync(id, Text, deadline).ConfigureAwait(false), id, key) is { } problem) return (null, $"{device.Name}: {problem}");
            return (session.Keys, null);
        }
    }

    private static string? Problem(DeviceOutcome outcome, DeviceKeyId id, PublicKey key) => outcome switch
    {
        DeviceOutcome.Signed signed => SignatureVerifier.Verify(key, Text.Span, signed.Signature)
            ? null
            : $"the test signature of key {id} does not verify: the device or the way to it is broken",
        DeviceOutcome.Refused refused => refused.Reason,
        DeviceOutcome.Lost lost => lost.Reason,
        _ => throw new InvalidOperationException($"{outcome} is not known"),
    };
}
