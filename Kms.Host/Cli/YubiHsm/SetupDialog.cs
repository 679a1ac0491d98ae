using Kms.Hardware.YubiHsm;
using Kms.Hardware.YubiHsm.Commands;
using Kms.Hardware.YubiHsm.Setup;

namespace Kms.Host.Cli.YubiHsm;

/// <summary>What `setup` asks and tells.</summary>
internal static class SetupDialog
{
    /// <summary>Asks for a phrase.</summary>
    public static async Task<(Mnemonic? Mnemonic, string? Error)> PhraseAsync(CancellationToken cancel)
    {
        using var phrase = await SecretInput.ReadAsync("Enter mnemonic (separate words with spaces): ", cancel);
        if (phrase is null) return (null, "no phrase was entered");
        return Mnemonic.TryParse(phrase.Span, out var mnemonic, out var error) ? (mnemonic, null) : (null, error);
    }

    /// <summary>Says what will be erased; a sentence when it cannot be found out.</summary>
    public static async Task<string?> ShowContentsAsync(OpenDevice device, bool verbose, CancellationToken cancel)
    {
        var listed = await device.Session.SendAsync(new ListObjectsCommand(), cancel);
        if (listed.Response is not { } list) return $"couldn't list the objects of the device: {listed.Failure!.Reason}";
        await Console.Error.WriteLineAsync($"This process will *ERASE* the YubiHSM 2 with the serial number {device.Info.Serial} and reinitialize it. It holds:");
        foreach (var kind in list.Objects.GroupBy(o => o.Type).OrderBy(o => o.Key))
        {
            await Console.Error.WriteLineAsync($"- {kind.Key}: {string.Join(", ", kind.Select(o => o.Id).Order().Select(ObjectId.Show))}");
            if (verbose) foreach (var found in kind.OrderBy(o => o.Id)) await ShowObjectAsync(device, found, cancel);
        }

        return null;
    }

    /// <summary>Lets the operator type the serial number of what is erased.</summary>
    public static async Task<bool> ConfirmedAsync(string serial, CancellationToken cancel)
    {
        await Console.Error.WriteAsync("All keys in it are lost unless they have backups. Type its serial number to erase it: ");
        var answer = Task.Run(Console.ReadLine, CancellationToken.None);
        await Task.WhenAny(answer, Task.Delay(Timeout.Infinite, cancel));
        if (Console.IsInputRedirected || cancel.IsCancellationRequested) await Console.Error.WriteLineAsync();
        return answer.IsCompletedSuccessfully && (await answer)?.Trim().PadLeft(serial.Length, '0') == serial;
    }

    /// <summary>The report of a set-up by this program on this machine.</summary>
    public static SetupReport Report(string serial, DateTimeOffset time) =>
        new(Guid.NewGuid(), serial, Environment.MachineName, Environment.UserName, time, $"tmkms {VersionCommand.Version}");

    private static async Task ShowObjectAsync(OpenDevice device, ListedObject found, CancellationToken cancel)
    {
        var info = await device.Session.SendAsync(new GetObjectInfoCommand(found.Id, found.Type), cancel);
        await Console.Error.WriteLineAsync($"    {ObjectId.Show(found.Id)} {info.Response?.Algorithm.ToString() ?? "?"} \"{info.Response?.Label.Text}\"");
    }
}
