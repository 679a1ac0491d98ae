using System.CommandLine;
using Kms.Core.Signing;
using Kms.Hardware.YubiHsm;
using Kms.Protocol.KeyEncoding;

namespace Kms.Host.Cli.YubiHsm;

/// <summary><c>tmkms yubihsm keys generate</c>: a new signing key in the device.</summary>
internal static class KeysGenerateCommand
{
    private sealed record Request(
        ushort Id, string Type, KeyAlgorithm Algorithm, ObjectLabel Label, bool Exportable, string? Prefix, string? Backup, ushort WrapKey);

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var options = new DeviceOptions();
        var label = new Option<string?>("--label", "-l") { Description = "its label, at most 40 bytes; by default the prefix, or its type, and the time" };
        var prefix = new Option<string?>("--prefix", "-p") { Description = "bech32 prefix to show the key with; without it hexadecimal" };
        var type = new Option<string>("--type", "-t")
        {
            Description = "type of key: consensus, or account (secp256k1)",
            DefaultValueFactory = _ => "consensus",
        };
        type.AcceptOnlyFromAmong("consensus", "account");
        var algorithm = AlgorithmOption.Create("algorithm of a consensus key: ed25519 (the default) or secp256k1");
        var nonExportable = new Option<bool>("--non-exportable") { Description = "the key can never be backed up" };
        var backup = new Option<string?>("--backup", "-b")
        {
            Description = "write an encrypted backup to this file, which must not exist yet",
            HelpName = "PATH",
        };
        var wrapKey = ObjectId.WrapKey("id of the wrap key that encrypts the backup; default 0x0001");
        var id = ObjectId.Argument("KEY_ID", "id of the new key, such as 1 or 0x0001");
        var command = new Command("generate", "generate a signing key in the device")
        {
            label, prefix, type, algorithm, nonExportable, backup, wrapKey, id,
        };
        options.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(nonExportable) && result.GetValue(backup) is not null)
                result.AddError("--backup goes not with --non-exportable");
            if (result.GetValue(type) == "account" && result.GetValue(algorithm) == "ed25519")
                result.AddError("an account key is secp256k1, not ed25519");
            if (result.GetValue(prefix) is { } given && !Bech32.IsValidPrefix(given))
                result.AddError($"'{given}' is not a bech32 prefix: it is in lower case");
            if (result.GetValue(label) is { } text && ObjectLabel.FromText(text) is null) result.AddError($"--label has more than {ObjectLabel.Size} bytes");
        });
        command.SetAction((parsed, cancel) =>
        {
            var (kind, shown) = (parsed.GetRequiredValue(type), parsed.GetValue(prefix));
            var name = parsed.GetValue(label) is { } given
                ? ObjectLabel.FromText(given)
                : DeviceKeys.LabelOf(shown ?? kind, TimeProvider.System.GetUtcNow());
            if (name is null)
                return Task.FromResult(CommandLine.Fail("the prefix and the time are too long for a label: give one with --label", CommandLine.Usage));
            var curve = AlgorithmOption.Of(parsed.GetValue(algorithm)) ?? (kind == "account" ? KeyAlgorithm.Secp256k1 : KeyAlgorithm.Ed25519);
            var request = new Request(
                parsed.GetValue(id), kind, curve, name, !parsed.GetValue(nonExportable), shown,
                parsed.GetValue(backup), parsed.GetValue(wrapKey));
            return options.RunAsync(parsed, device => RunAsync(device, request, cancel), cancel);
        });
        return command;
    }

    private static async Task<int> RunAsync(OpenDevice device, Request request, CancellationToken cancel)
    {
        // A key without its backup may be one that was announced to a chain before anybody noticed.
        if (request.Backup is { } path && await KeyBackup.ProblemAsync(device, request.WrapKey, path, cancel) is { } problem)
            return CommandLine.Fail($"{problem}; no key was made");

        var key = DeviceKeys.New(request.Id, request.Label, request.Algorithm, request.Exportable);
        var made = await DeviceKeys.GenerateAsync(device.Session, key, cancel);
        if (made.Response is not { } publicKey) return CommandLine.Fail($"couldn't generate key {ObjectId.Show(request.Id)}: {made.Failure!.Reason}");
        CommandLine.Report("Generated", $"{KeyText.Kind(request.Type, request.Algorithm)} key {ObjectId.Show(request.Id)}: {Text(request, publicKey)}");
        return request.Backup is null ? CommandLine.Success : await BackUpAsync(device, request, cancel);
    }

    // With a prefix an account key is shown as its address, which is what `keys list` and Rust tmkms's log show of one.
    private static string Text(Request request, PublicKey key)
    {
        KeyFormat format = request.Prefix is { } prefix ? new KeyFormat.Bech32(prefix, prefix) : new KeyFormat.Hex();
        return request.Type == "account" ? KeyFormatter.FormatAccount(key, format) : KeyFormatter.Format(key, format);
    }

    private static async Task<int> BackUpAsync(OpenDevice device, Request request, CancellationToken cancel)
    {
        if (await KeyBackup.WriteAsync(device, request.WrapKey, request.Id, request.Backup!, cancel) is { } error)
            return CommandLine.Fail($"{error}; the key is in the device, without a backup: see `tmkms yubihsm keys export`");
        CommandLine.Report(
            "Wrote", $"backup of key {ObjectId.Show(request.Id)} (encrypted under wrap key {ObjectId.Show(request.WrapKey)}) to {request.Backup}");
        return CommandLine.Success;
    }
}
