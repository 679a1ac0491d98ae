using System.CommandLine;

namespace Kms.Host.Cli.YubiHsm;

/// <summary><c>tmkms yubihsm keys export</c>: a backup of a key.</summary>
internal static class KeysExportCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var options = new DeviceOptions();
        var id = ObjectId.Option("--id", "-i", "id of the key");
        id.Required = true;
        var wrapKey = ObjectId.WrapKey("id of the wrap key that encrypts it; default 0x0001");
        var path = new Argument<string>("PATH") { Description = "where the backup is written; must not exist yet" };
        var command = new Command("export", "write an encrypted backup of a signing key") { id, wrapKey, path };
        options.AddTo(command);
        command.SetAction((parsed, cancel) => options.RunAsync(
            parsed, device => RunAsync(device, parsed.GetValue(id), parsed.GetValue(wrapKey), parsed.GetRequiredValue(path), cancel), cancel));
        return command;
    }

    private static async Task<int> RunAsync(OpenDevice device, ushort id, ushort wrapKey, string path, CancellationToken cancel)
    {
        if (await KeyBackup.WriteAsync(device, wrapKey, id, path, cancel) is { } error) return CommandLine.Fail(error);
        CommandLine.Report("Exported", $"key {ObjectId.Show(id)} (encrypted under wrap key {ObjectId.Show(wrapKey)}) to {path}");
        return CommandLine.Success;
    }
}
