using System.Buffers.Text;
using System.CommandLine;
using Kms.Core.Signing;
using Kms.Hardware.SoftSign;
using Kms.Hardware.YubiHsm;
using Kms.Hardware.YubiHsm.Commands;

namespace Kms.Host.Cli.YubiHsm;

/// <summary><c>tmkms yubihsm keys import</c>: a backup, or the key of a file, into the device.</summary>
internal static class KeysImportCommand
{
    // A wrapped RSA key, the largest object, has 2 kB.
    private const int MaxBackupBytes = 16 * 1024;

    private sealed record Request(string Path, ushort Id, ushort WrapKey, KeyAlgorithm? Algorithm, ObjectLabel Label);

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var options = new DeviceOptions();
        var id = ObjectId.Option("--id", "-i", "id of the key in the device; needed for json and base64, a backup has its own");
        var wrapKey = ObjectId.WrapKey("id of the wrap key that the backup is encrypted under; default 0x0001");
        var type = new Option<string?>("--type", "-t")
        {
            Description = "what PATH is: wrap (a backup), json (priv_validator_key.json) or base64; by default json for a file of that name, else wrap",
        };
        type.AcceptOnlyFromAmong("wrap", "json", "base64");
        var algorithm = AlgorithmOption.Create("algorithm of PATH: ed25519 or secp256k1; by default what JSON says, and ed25519 for base64");
        var label = new Option<string?>("--label", "-l") { Description = "label of the key, at most 40 bytes; a backup has its own" };
        var path = new Argument<string>("PATH") { Description = "the file" };
        var command = new Command("import", "import a signing key into the device") { id, wrapKey, type, algorithm, label, path };
        options.AddTo(command);
        command.Validators.Add(result =>
        {
            if (TypeOf(result.GetValue(type), result.GetValue(path)) != "wrap" && result.GetResult(id) is null)
                result.AddError("no key ID specified: which id shall the key have in the device? (such as -i 1)");
            if (result.GetValue(label) is { } text && ObjectLabel.FromText(text) is null) result.AddError($"--label has more than {ObjectLabel.Size} bytes");
        });
        command.SetAction((parsed, cancel) =>
        {
            var request = new Request(
                parsed.GetRequiredValue(path), parsed.GetValue(id), parsed.GetValue(wrapKey), AlgorithmOption.Of(parsed.GetValue(algorithm)),
                ObjectLabel.FromText(parsed.GetValue(label) ?? "")!);
            return TypeOf(parsed.GetValue(type), request.Path) switch
            {
                "wrap" => ImportBackupAsync(request, work => options.RunAsync(parsed, work, cancel), parsed.GetValue(label), cancel),
                "json" => ImportFileAsync(request, SoftSignKeyFormat.Json, work => options.RunAsync(parsed, work, cancel), cancel),
                _ => ImportFileAsync(request, SoftSignKeyFormat.Base64, work => options.RunAsync(parsed, work, cancel), cancel),
            };
        });
        return command;
    }

    private static string TypeOf(string? named, string? path) => named ?? (Path.GetFileName(path) == "priv_validator_key.json" ? "json" : "wrap");

    private static async Task<int> ImportBackupAsync(
        Request request, Func<Func<OpenDevice, Task<int>>, Task<int>> withDevice, string? label, CancellationToken cancel)
    {
        if (request.Id != 0) CommandLine.Report("Warning", $"key id {ObjectId.Show(request.Id)} is not used: the key gets the id that it was exported with");
        if (label is not null) CommandLine.Report("Warning", "the label is not used: the key gets the one that it was exported with");
        var (wrapped, error) = ReadBackup(request.Path);
        if (wrapped is null) return CommandLine.Fail(error!);
        return await withDevice(async device =>
        {
            var imported = await device.Session.SendAsync(new ImportWrappedCommand(request.WrapKey, wrapped), cancel);
            if (imported.Response is not { } made)
                return CommandLine.Fail($"couldn't import {request.Path} (encrypted under wrap key {ObjectId.Show(request.WrapKey)}?): {imported.Failure!.Reason}");
            if (made.Type != ObjectType.AsymmetricKey)
            {
                CommandLine.Report("Imported", $"object {ObjectId.Show(made.Id)} ({made.Type})");
                return CommandLine.Success;
            }

            var read = await DeviceKeys.PublicKeyAsync(device.Session, made.Id, cancel);
            if (read.Response is not { } key) return CommandLine.Fail($"key {ObjectId.Show(made.Id)} was imported, but cannot be used: {read.Failure!.Reason}");
            CommandLine.Report("Imported", $"key {ObjectId.Show(made.Id)}: {KeyText.Of(device, made.Id, key)}");
            return CommandLine.Success;
        });
    }

    private static async Task<int> ImportFileAsync(
        Request request, SoftSignKeyFormat format, Func<Func<OpenDevice, Task<int>>, Task<int>> withDevice, CancellationToken cancel)
    {
        if (!SoftSignKeyFile.TryReadSecret(request.Path, format, request.Algorithm, out var secret, out var error)) return CommandLine.Fail(error);
        using (secret)
        {
            if (!secret.IsSeed)
                return CommandLine.Fail($"the key file {request.Path} holds an expanded secret key; a YubiHSM takes the seed only, which cannot be computed from it");
            using var signer = secret.Open();
            return await withDevice(async device =>
            {
                var key = DeviceKeys.New(request.Id, request.Label, secret.Algorithm, exportable: true);
                var put = await DeviceKeys.ImportAsync(device.Session, key, secret.Memory, signer.PublicKey, cancel);
                if (put.Failure is { } failure) return CommandLine.Fail($"couldn't import key {ObjectId.Show(request.Id)}: {failure.Reason}");
                CommandLine.Report("Imported", $"key {ObjectId.Show(request.Id)}: {KeyText.Of(device, request.Id, signer.PublicKey)}");
                CommandLine.Report("Next", $"stop whatever signs with {request.Path}, import what it signed with `tmkms state import`, then remove the file from there");
                return CommandLine.Success;
            });
        }
    }

    private static (byte[]? Wrapped, string? Error) ReadBackup(string path)
    {
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists) return (null, $"the backup {path} does not exist");
            if (file.Length > MaxBackupBytes) return (null, $"{path} has {file.Length} bytes; a backup has at most {MaxBackupBytes}: is this the right path?");
            var text = File.ReadAllText(path).Trim();
            return Base64.IsValid(text)
                ? (Convert.FromBase64String(text), null)
                : (null, $"{path} is not base64, as a backup is: for priv_validator_key.json give -t json and -i ID, for a key file -t base64 and -i ID");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (null, $"the backup {path} cannot be read: {e.Message}");
        }
    }
}
