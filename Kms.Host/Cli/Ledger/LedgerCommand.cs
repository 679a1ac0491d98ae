using System.CommandLine;

namespace Kms.Host.Cli.Ledger;

/// <summary><c>tmkms ledger …</c>: a Ledger with the Tendermint validator app.</summary>
internal static class LedgerCommand
{
    /// <summary>The group of verbs.</summary>
    public static Command Create() => new("ledger", "subcommands for a Ledger with the Tendermint validator app")
    {
        DetectCommand.Create(),
        ShowCommand.Create(),
        InitCommand.Create(),
    };
}
