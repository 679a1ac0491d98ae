using System.CommandLine;
using Kms.Hardware.Ledger;
using Kms.Host.Check;
using Kms.Host.Composition;
using Kms.Host.Config;

namespace Kms.Host.Cli.Ledger;

/// <summary>What every verb about the configured device has in common: its options, and opening the device.</summary>
internal sealed class LedgerVerb
{
    /// <summary>How long a device may take to say what is open on it.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    private readonly Option<string> _config = ConfigOption.Create();
    private readonly Option<string?> _akka = ConfigOption.CreateAkka();

    /// <summary>Adds the options to a verb.</summary>
    public void AddTo(Command command)
    {
        command.Add(_config);
        command.Add(_akka);
    }

    /// <summary>Opens the device, runs a verb on it and closes it.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="run">The verb; returns the exit code.</param>
    /// <param name="cancel">Ends the wait for the device.</param>
    public async Task<int> RunAsync(ParseResult parsed, Func<OpenLedger, Task<int>> run, CancellationToken cancel)
    {
        var path = parsed.GetRequiredValue(_config);
        if (!ConfigOption.TryLoad(path, out var config)) return CommandLine.Failure;
        if (config.Ledger is not { } section)
            return CommandLine.Fail($"{path} has no {LedgerSection.Header}: add one with the chain_ids that the device signs for");
        if (await DeviceCheck.IsRunningAsync(path, parsed.GetValue(_akka)))
            return CommandLine.Fail("the signer that runs on this journal has the Ledger, which serves one program at a time: stop it first");

        using var transport = LedgerDevices.Transport(section.Transport);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(Timeout);
        var (session, failure) = await LedgerSession.OpenAsync(transport, new LedgerOptions { Notify = Warn }, deadline.Token);
        if (session is null) return CommandLine.Fail($"cannot use the Ledger: {failure!.Reason}");
        await using (session) return await run(new OpenLedger(config, section, session));
    }

    private static void Warn(LedgerNotice notice)
    {
        if (notice.Kind is LedgerNoticeKind.TestBuild) CommandLine.Report("Warning", notice.Sentence);
    }
}
