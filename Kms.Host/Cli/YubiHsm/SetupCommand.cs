using System.CommandLine;
using System.Security.Cryptography;
using Kms.Hardware.SoftSign;
using Kms.Hardware.YubiHsm.Commands;
using Kms.Hardware.YubiHsm.Setup;

namespace Kms.Host.Cli.YubiHsm;

/// <summary><c>tmkms yubihsm setup</c>: erases a device and makes authentication keys for the roles and a wrap key, all derived from a phrase.</summary>
internal static class SetupCommand
{
    private const string ListHeading = "Below are all keys/passwords derived from your 24-word admin mnemonic:";

    private sealed record Request(bool PrintOnly, bool Restore, bool Verbose, string? Sheet, string? Report);

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var options = new DeviceOptions();
        var print = new Option<bool>("--print-only", "-p") { Description = "show the derived keys only; the device is not changed" };
        var restore = new Option<bool>("--restore", "-r") { Description = "derive from an existing phrase of 24 words, asked for or read from stdin" };
        var sheet = new Option<string?>("--sheet", "-s")
        {
            Description = "write the phrase, passwords and wrap key to this file, which must not exist yet, instead of showing them on the terminal",
            HelpName = "PATH",
        };
        var report = new Option<string?>("--write-report", "-w")
        {
            Description = "write the report of the setup to this file, which must not exist yet",
            HelpName = "PATH",
        };
        var verbose = new Option<bool>("--verbose", "-v") { Description = "show every object that will be erased" };
        var command = new Command("setup", "erase a device and set it up: authentication keys and a wrap key, all from 24 words")
        {
            print, restore, sheet, report, verbose,
        };
        options.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(print) && result.GetValue(report) is not null)
                result.AddError("--write-report goes not with --print-only: there is nothing to report");
            if (result.GetValue(sheet) is { Length: > 0 } first && result.GetValue(report) is { Length: > 0 } second && Path.GetFullPath(first) == Path.GetFullPath(second))
                result.AddError("--sheet and --write-report name the same file");
        });
        command.SetAction((parsed, cancel) =>
        {
            var request = new Request(
                parsed.GetValue(print), parsed.GetValue(restore), parsed.GetValue(verbose), parsed.GetValue(sheet), parsed.GetValue(report));
            if (Problem(request) is { } problem) return Task.FromResult(CommandLine.Fail(problem));
            // What a phrase gives needs no device: it can be looked at on a machine that has none.
            return request is { PrintOnly: true, Restore: true }
                ? PrintRestoredAsync(request, cancel)
                : options.RunAsync(parsed, device => RunAsync(device, request, cancel), cancel);
        });
        return command;
    }

    /// <summary>What can be known to go wrong before anything is asked or changed.</summary>
    private static string? Problem(Request request) =>
        SecretSheetOutput.Problem(request.Sheet) ?? (request.Report is null ? null : NewFile.Problem(request.Report));

    private static async Task<int> PrintRestoredAsync(Request request, CancellationToken cancel)
    {
        var (mnemonic, error) = await SetupDialog.PhraseAsync(cancel);
        using (mnemonic) return mnemonic is null ? CommandLine.Fail(error!) : Print(mnemonic, request);
    }

    private static int Print(Mnemonic mnemonic, Request request)
    {
        using var sheet = SecretSheet.Write(mnemonic, ListHeading);
        return SecretSheetOutput.Write(sheet, request.Sheet) is { } error ? CommandLine.Fail(error) : CommandLine.Success;
    }

    private static async Task<int> RunAsync(OpenDevice device, Request request, CancellationToken cancel)
    {
        var (mnemonic, error) = request.Restore ? await SetupDialog.PhraseAsync(cancel) : await NewPhraseAsync(device, cancel);
        if (mnemonic is null) return CommandLine.Fail(error!);
        using (mnemonic)
        {
            if (request.PrintOnly) return Print(mnemonic, request);
            return await AgreeAsync(device, mnemonic, request, cancel) is { } refusal
                ? CommandLine.Fail($"{refusal}; the device was not changed")
                : await EraseAndSetUpAsync(device, mnemonic, request, cancel);
        }
    }

    private static async Task<(Mnemonic? Mnemonic, string? Error)> NewPhraseAsync(OpenDevice device, CancellationToken cancel)
    {
        var reply = await device.Session.SendAsync(new GetPseudoRandomCommand(Mnemonic.EntropySize), cancel);
        if (reply.Response is not { } random) return (null, $"couldn't get random numbers of the device: {reply.Failure!.Reason}");
        using (random)
        using (var own = new SecretBytes(Mnemonic.EntropySize))
        {
            if (random.Span.Length != Mnemonic.EntropySize) return (null, "the device gave fewer random numbers than were asked for");
            RandomNumberGenerator.Fill(own.Span);
            return (Mnemonic.Create(random.Span, own.Span), null);
        }
    }

    /// <summary>Hands out the secrets and lets the operator agree; null when the device may be erased.</summary>
    private static async Task<string?> AgreeAsync(OpenDevice device, Mnemonic mnemonic, Request request, CancellationToken cancel)
    {
        if (await SetupDialog.ShowContentsAsync(device, request.Verbose, cancel) is { } failure) return failure;
        using var sheet = SecretSheet.Write(
            mnemonic, $"- YubiHSM serial: {device.Info.Serial}\n\nAuthentication keys with the following IDs and passwords will be created:");
        // A file that nobody agreed to would have to be destroyed; a terminal must have been read before.
        if (request.Sheet is null && SecretSheetOutput.Write(sheet, null) is { } unseen) return unseen;
        if (!await SetupDialog.ConfirmedAsync(device.Info.Serial, cancel)) return "the serial number was not typed";
        return request.Sheet is null ? null : SecretSheetOutput.Write(sheet, request.Sheet);
    }

    private static async Task<int> EraseAndSetUpAsync(OpenDevice device, Mnemonic mnemonic, Request request, CancellationToken cancel)
    {
        await device.Session.DisposeAsync();
        var time = TimeProvider.System.GetUtcNow();
        var report = SetupDialog.Report(device.Info.Serial, time).ToJson();
        var setup = new DeviceSetup(device.Transport, device.Info.Serial, TimeProvider.System, step => CommandLine.Report("Step", step));
        if (await setup.EraseAsync(device.Credentials, cancel) is { } refused) return CommandLine.Fail($"couldn't erase the device: {refused.Reason}");
        // Half a device is worse than a late Ctrl-C.
        if (await setup.ProvisionAsync(mnemonic, Hardware.YubiHsm.DeviceKeys.Timestamp(time), report, CancellationToken.None) is { } failure)
            return CommandLine.Fail($"couldn't set up the device: {failure.Reason}");

        CommandLine.Report("Success", $"reinitialized YubiHSM (serial: {device.Info.Serial})");
        CommandLine.Report(
            "Next", "make keys with the operator's password (--auth-key 2); give the validator's to the signer: auth = { key = 4, password_file = … }");
        if (request.Report is not { } path) return CommandLine.Success;
        if (!KeyFiles.CreateText(path, report, out var error)) return CommandLine.Fail($"{error}; the report is in the device, opaque object 0xfffe");
        CommandLine.Report("Writing", $"provisioning report to: {path}");
        return CommandLine.Success;
    }
}
