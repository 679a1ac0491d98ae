using Kms.Core.Signing;
using Kms.Hardware.YubiHsm.Commands;

namespace Kms.Hardware.YubiHsm;

/// <summary>A signing key in a device, as it is shown.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Label">Its label.</param>
/// <param name="Algorithm">What it is a key of.</param>
/// <param name="PublicKey">Its public key; null when it is a key of an algorithm that validators do not use.</param>
public sealed record DeviceKey(ushort Id, ObjectLabel Label, Algorithm Algorithm, PublicKey? PublicKey);

/// <summary>The signing keys of a device, made and found in the way of tmkms: in domain 1, for one use each.</summary>
public static class DeviceKeys
{
    /// <summary>A new signing key.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="label">Its label.</param>
    /// <param name="algorithm">What it is a key of.</param>
    /// <param name="exportable">Whether it may be backed up under a wrap key. That cannot be changed later.</param>
    public static NewObject New(ushort id, ObjectLabel label, KeyAlgorithm algorithm, bool exportable)
    {
        var (ofDevice, use) = algorithm == KeyAlgorithm.Ed25519 ? (Algorithm.Ed25519, Capability.SignEddsa) : (Algorithm.Secp256k1, Capability.SignEcdsa);
        return new NewObject(id, label, Domains.One, exportable ? use | Capability.ExportableUnderWrap : use, ofDevice);
    }

    /// <summary>The label that tmkms gives: "consensus:2026-02-26T18:03:53Z"; null when it is too long.</summary>
    /// <param name="first">What the key is for, or a prefix.</param>
    /// <param name="time">When it is made, UTC.</param>
    public static ObjectLabel? LabelOf(string first, DateTimeOffset time) => ObjectLabel.FromText($"{first}:{Timestamp(time)}");

    /// <summary>A time as labels have it: 2026-02-26T18:03:53Z.</summary>
    public static string Timestamp(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Makes a key in the device and reads its public key.</summary>
    public static async ValueTask<YubiHsmReply<PublicKey>> GenerateAsync(IYubiHsm device, NewObject key, CancellationToken deadline)
    {
        var made = await device.SendAsync(new GenerateAsymmetricKeyCommand(key), deadline);
        return made.Failure is { } failure ? InDoubt(failure) : await ReadBackAsync(device, key.Id, deadline);
    }

    /// <summary>Puts a secret into the device. Its public key is read back: a device that shows another one has another key.</summary>
    /// <param name="device">Where to.</param>
    /// <param name="key">What it becomes.</param>
    /// <param name="secret">32 bytes: an Ed25519 seed or a secp256k1 secret. The caller zeroes it.</param>
    /// <param name="expected">The public key of the secret.</param>
    /// <param name="deadline">Cancelled when it is not wanted any more.</param>
    public static async ValueTask<YubiHsmReply<PublicKey>> ImportAsync(
        IYubiHsm device, NewObject key, ReadOnlyMemory<byte> secret, PublicKey expected, CancellationToken deadline)
    {
        var put = await device.SendAsync(new PutAsymmetricKeyCommand(key, secret), deadline);
        if (put.Failure is { } failure) return InDoubt(failure);
        var read = await ReadBackAsync(device, key.Id, deadline);
        return read.Response is null || read.Response == expected
            ? read
            : new YubiHsmFailure(FailureCause.Refused, $"the device shows another public key for 0x{key.Id:x4} than the secret has: do not use it");
    }

    /// <summary>Reads the public key of a signing key.</summary>
    public static async ValueTask<YubiHsmReply<PublicKey>> PublicKeyAsync(IYubiHsm device, ushort id, CancellationToken deadline)
    {
        var reply = await device.SendAsync(new GetPublicKeyCommand(id), deadline);
        if (reply.Response is not { } response) return reply.Failure!;
        return response.ToPublicKey() is { } key
            ? key
            : new YubiHsmFailure(FailureCause.Refused, $"key 0x{id:x4} is of {response.Algorithm}, which no validator signs with");
    }

    /// <summary>All asymmetric keys that the session sees, by id.</summary>
    public static async ValueTask<YubiHsmReply<List<DeviceKey>>> ListAsync(IYubiHsm device, CancellationToken deadline)
    {
        var listed = await device.SendAsync(new ListObjectsCommand(ObjectType.AsymmetricKey), deadline);
        if (listed.Response is not { } list) return listed.Failure!;
        var keys = new List<DeviceKey>();
        foreach (var found in list.Objects.Where(o => o.Type == ObjectType.AsymmetricKey).OrderBy(o => o.Id))
        {
            var info = await device.SendAsync(new GetObjectInfoCommand(found.Id, found.Type), deadline);
            if (info.Response is null) return info.Failure!;
            var key = await device.SendAsync(new GetPublicKeyCommand(found.Id), deadline);
            if (key.Response is null) return key.Failure!;
            keys.Add(new DeviceKey(found.Id, info.Response.Label, info.Response.Algorithm, key.Response.ToPublicKey()));
        }

        return keys;
    }

    private static async ValueTask<YubiHsmReply<PublicKey>> ReadBackAsync(IYubiHsm device, ushort id, CancellationToken deadline)
    {
        var read = await PublicKeyAsync(device, id, deadline);
        return read.Failure is { } failure
            ? failure with { Reason = $"the key is in the device, but its public key could not be read back: {failure.Reason}. See `yubihsm keys list`" }
            : read;
    }

    private static YubiHsmFailure InDoubt(YubiHsmFailure failure) => failure.Cause is FailureCause.Transport or FailureCause.SessionLost
        ? failure with { Reason = $"{failure.Reason}. Whether the key was made is not known: see `yubihsm keys list`" }
        : failure;
}
