using Kms.Core.Signing;
using Kms.Protocol.SignBytes;

namespace Kms.Actors.Device;

/// <summary>Calls of a device whose outcome is a message to its actor, with the number of the run; nothing is thrown.</summary>
internal static class DeviceCalls
{
    /// <summary>What came of opening.</summary>
    public sealed record Opened(int Run, DeviceOpening Opening);

    /// <summary>What came of a command; null when there is nothing to say.</summary>
    public sealed record Answered(int Run, DeviceOutcome? Outcome);

    /// <summary>Opens a session and compares its keys.</summary>
    public static async Task<Opened> OpenAsync(DeviceOptions options, int run, CancellationToken deadline)
    {
        try
        {
            var opening = await options.Device.OpenAsync(deadline).ConfigureAwait(false);
            if (opening.Session is not { } session) return new Opened(run, opening);
            var problem = deadline.IsCancellationRequested ? "it was opened too late" : Difference(options.Keys, session.Keys);
            if (problem is null) return new Opened(run, opening);
            await CloseAsync(session).ConfigureAwait(false);
            return new Opened(run, DeviceOpening.Misconfigured(problem));
        }
#pragma warning disable CA1031 // Whatever a driver throws, the device is tried again.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return new Opened(run, DeviceOpening.Failed($"{e.GetType().Name}: {e.Message}"));
        }
    }

    /// <summary>Lets the device sign. A signature that does not verify is none: somebody may have put another device in its place.</summary>
    public static Task<Answered> SignAsync(IDeviceSession session, PublicKey key, DeviceMessages.Sign request, int run, CancellationToken deadline) =>
        RunAsync(run, async () =>
        {
            var outcome = await session.SignAsync(request.Key, request.Message, deadline).ConfigureAwait(false);
            return outcome is not DeviceOutcome.Signed signed || SignatureVerifier.Verify(key, request.Message.Span, signed.Signature)
                ? outcome
                : new DeviceOutcome.Lost($"the signature of key {request.Key} does not verify and was not released: the device, or the way to it, is broken, "
                    + "or it is another device than before");
        });

    /// <summary>Keeps the session.</summary>
    public static Task<Answered> KeepAliveAsync(IDeviceSession session, int run, CancellationToken deadline) =>
        RunAsync(run, async () => await session.KeepAliveAsync(deadline).ConfigureAwait(false) is { } lost ? new DeviceOutcome.Lost(lost) : null);

    /// <summary>Gives a session back.</summary>
    public static async Task CloseAsync(IDeviceSession session)
    {
        try
        {
            await session.DisposeAsync().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // It is given up in any case.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }

    // Another key would sign for nobody: the nodes know the expected one.
    private static string? Difference(IReadOnlyDictionary<DeviceKeyId, PublicKey> expected, IReadOnlyDictionary<DeviceKeyId, PublicKey> found)
    {
        foreach (var (id, key) in expected)
        {
            if (!found.TryGetValue(id, out var other)) return $"key {id} is not in the device: plug in the one that was there at the start";
            if (other != key)
                return $"key {id} has the public key {other}, but the signer was started with {key}: plug in the device that holds it, or restart the signer "
                    + "with this one";
        }

        return null;
    }

    private static async Task<Answered> RunAsync(int run, Func<ValueTask<DeviceOutcome?>> command)
    {
        try
        {
            return new Answered(run, await command().ConfigureAwait(false));
        }
#pragma warning disable CA1031 // Whatever a driver throws, the asker gets an answer and the session a successor.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return new Answered(run, new DeviceOutcome.Lost($"{e.GetType().Name}: {e.Message}"));
        }
    }
}
