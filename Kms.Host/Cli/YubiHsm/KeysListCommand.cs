using System.CommandLine;
using Kms.Core.Signing;
using Kms.Hardware.YubiHsm;

namespace Kms.Host.Cli.YubiHsm;

/// <summary><c>tmkms yubihsm keys list</c>: the signing keys in the device.</summary>
internal static class KeysListCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var options = new DeviceOptions();
        var command = new Command("list", "list the signing keys in the device");
        options.AddTo(command);
        command.SetAction((parsed, cancel) => options.RunAsync(parsed, device => RunAsync(device, cancel), cancel));
        return command;
    }

    private static async Task<int> RunAsync(OpenDevice device, CancellationToken cancel)
    {
        var listed = await DeviceKeys.ListAsync(device.Session, cancel);
        if (listed.Response is not { } keys) return CommandLine.Fail($"couldn't list the keys: {listed.Failure!.Reason}");
        if (keys.Count == 0)
        {
            await Console.Error.WriteLineAsync($"no keys in this YubiHSM (#{device.Info.Serial})");
            return CommandLine.Success;
        }

        Console.WriteLine($"Listing keys in YubiHSM #{device.Info.Serial}:");
        foreach (var key in keys)
        {
            Console.WriteLine(key.PublicKey is { } publicKey
                ? $"- {ObjectId.Show(key.Id)}: [{(publicKey.Algorithm == KeyAlgorithm.Ed25519 ? "cons" : "acct")}] {KeyText.Of(device, key.Id, publicKey)}"
                : $"- {ObjectId.Show(key.Id)}: unsupported algorithm: {key.Algorithm}");
            Console.WriteLine($"   label: \"{key.Label.Text}\"");
        }

        return CommandLine.Success;
    }
}
