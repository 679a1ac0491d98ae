using System.CommandLine;
using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Hardware.YubiHsm;
using Kms.Host.Composition;
using Kms.Protocol.SignBytes;

namespace Kms.Host.Cli.YubiHsm;

/// <summary><c>tmkms yubihsm test</c>: lets a key sign a text that means nothing, verifies each signature and shows how long it took.</summary>
internal static class TestCommand
{
    private const int DefaultCount = 20;
    private const int MaxCount = 1_000_000;

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var options = new DeviceOptions();
        var count = new Option<int>("--count", "-n") { Description = $"how many signatures; default {DefaultCount}", DefaultValueFactory = _ => DefaultCount };
        count.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > MaxCount) result.AddError($"--count must be between 1 and {MaxCount}");
        });
        var verbose = new Option<bool>("--verbose", "-v") { Description = "show each signature" };
        var id = ObjectId.Argument("KEY_ID", "id of the key, such as 1 or 0x0001");
        var command = new Command("test", "perform a signing test") { count, verbose, id };
        options.AddTo(command);
        command.SetAction((parsed, cancel) => options.RunAsync(
            parsed, device => RunAsync(device, parsed.GetValue(id), parsed.GetValue(count), parsed.GetValue(verbose), cancel), cancel));
        return command;
    }

    private static async Task<int> RunAsync(OpenDevice device, ushort id, int count, bool verbose, CancellationToken cancel)
    {
        var read = await DeviceKeys.PublicKeyAsync(device.Session, id, cancel);
        if (read.Response is not { } key) return CommandLine.Fail($"couldn't read the public key of {ObjectId.Show(id)}: {read.Failure!.Reason}");
        var opened = await YubiHsmSigner.OpenAsync(device.Session, id, key.Algorithm, cancel);
        if (opened.Response is not { } signer) return CommandLine.Fail(opened.Failure!.Reason);

        var latencies = new Latencies();
        string? error = null;
        for (var i = 0; i < count && error is null && !cancel.IsCancellationRequested; i++)
            error = await SignAsync(signer, id, latencies, verbose, cancel);
        foreach (var (name, value) in latencies.Rows()) Console.WriteLine($"{name,-12}{value,12}");
        if (cancel.IsCancellationRequested) return CommandLine.Fail($"stopped after {latencies.Count} of {count} signatures");
        return error is null ? CommandLine.Success : CommandLine.Fail($"signature operation failed: {error}");
    }

    private static async ValueTask<string?> SignAsync(YubiHsmSigner signer, ushort id, Latencies latencies, bool verbose, CancellationToken cancel)
    {
        var start = TimeProvider.System.GetTimestamp();
        var reply = await signer.RequestAsync(DeviceTrial.Text, cancel);
        var elapsed = TimeProvider.System.GetElapsedTime(start);
        if (reply.Response is not { } signature) return reply.Failure!.Reason;
        if (!SignatureVerifier.Verify(signer.PublicKey, DeviceTrial.Text.Span, signature)) return "the signature does not verify: the device or the way to it is broken";
        latencies.Add(elapsed);
        if (verbose) CommandLine.Report("Success", $"signed message using key ID {ObjectId.Show(id)} in {elapsed.TotalMilliseconds:0} ms");
        return null;
    }
}
