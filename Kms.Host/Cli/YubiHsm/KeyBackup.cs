using Kms.Hardware.SoftSign;
using Kms.Hardware.YubiHsm;
using Kms.Hardware.YubiHsm.Commands;

namespace Kms.Host.Cli.YubiHsm;

/// <summary>Backups of keys: base64 of what the device encrypted under a wrap key, in a file with mode 0600 that did not exist before.</summary>
internal static class KeyBackup
{
    /// <summary>Why a backup could not be written, as far as that is known before there is anything to write; null when nothing speaks against it.</summary>
    public static async ValueTask<string?> ProblemAsync(OpenDevice device, ushort wrapKey, string path, CancellationToken cancel)
    {
        if (NewFile.Problem(path) is { } problem) return problem;
        var found = await device.Session.SendAsync(new GetObjectInfoCommand(wrapKey, ObjectType.WrapKey), cancel);
        return found.Failure is { } failure ? $"wrap key {ObjectId.Show(wrapKey)} cannot be used: {failure.Reason}" : null;
    }

    /// <summary>Exports a key; null when the file is there.</summary>
    public static async ValueTask<string?> WriteAsync(OpenDevice device, ushort wrapKey, ushort key, string path, CancellationToken cancel)
    {
        var exported = await device.Session.SendAsync(new ExportWrappedCommand(wrapKey, ObjectType.AsymmetricKey, key), cancel);
        if (exported.Response is not { } response)
            return $"couldn't export key {ObjectId.Show(key)} under wrap key {ObjectId.Show(wrapKey)}: {exported.Failure!.Reason}";
        return KeyFiles.Create(path, response.Wrapped.Span, out var error) ? null : error;
    }
}
