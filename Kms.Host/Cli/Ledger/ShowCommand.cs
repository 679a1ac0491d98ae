using System.CommandLine;

namespace Kms.Host.Cli.Ledger;

/// <summary><c>tmkms ledger show</c>: the app, and its public key in every form.</summary>
internal static class ShowCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var verb = new LedgerVerb();
        var command = new Command("show", "show the app and its public key");
        verb.AddTo(command);
        command.SetAction((parsed, cancel) => verb.RunAsync(parsed, Show, cancel));
        return command;
    }

    private static Task<int> Show(OpenLedger ledger)
    {
        var app = ledger.Session.App;
        Console.WriteLine($"app:         Tendermint {app.Version}");
        Console.WriteLine($"mode:        {(app.IsTestBuild ? "test build" : "normal")}");
        foreach (var chain in ledger.Config.Chains.Where(chain => ledger.Section.Chains.Contains(chain.Id)))
        {
            Console.WriteLine();
            new ShownKey(chain.Id.ToString(), "ledger", ledger.Session.PublicKey, KeyListing.Prefix(chain), []).Write(Console.Out, Ansi.Output);
        }

        return Task.FromResult(CommandLine.Success);
    }
}
