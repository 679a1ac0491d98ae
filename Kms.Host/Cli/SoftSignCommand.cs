using System.CommandLine;

namespace Kms.Host.Cli;

/// <summary><c>tmkms softsign …</c>: consensus keys in files.</summary>
public static class SoftSignCommand
{
    /// <summary>The group of verbs.</summary>
    public static Command Create() => new("softsign", "subcommands for software signer")
    {
        SoftSignKeygenCommand.Create(),
        SoftSignImportCommand.Create(),
    };
}
