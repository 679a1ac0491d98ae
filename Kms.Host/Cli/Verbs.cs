using System.CommandLine;

namespace Kms.Host.Cli;

/// <summary>The command line of tmkms. Each verb is one file beside this one; adding one is one line here and a section in docs/commands.md.</summary>
public static class Verbs
{
    /// <summary>All of them.</summary>
    public static RootCommand All()
    {
        var root = new RootCommand("A remote signer for CometBFT validators: it keeps the consensus key away from the node and never signs twice.")
        {
            InitCommand.Create(),
            ConfigCommand.Create(),
            StartCommand.Create(),
            ReloadCommand.Create(),
            StatusCommand.Create(),
            KeygenCommand.Create(),
            SoftSignCommand.Create(),
            YubiHsm.YubiHsmCommand.Create(),
            Ledger.LedgerCommand.Create(),
            KeysCommand.Create(),
            StateCommand.Create(),
            HarnessCommand.Create(),
            DemoCommand.Create(),
            CompletionCommand.Create(),
            VersionCommand.Create(),
        };
        root.Add(HelpCommand.Create(root));
        CommandLine.ReplaceCommonOptions(root);
        return root;
    }
}
