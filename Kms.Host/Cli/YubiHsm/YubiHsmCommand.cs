using System.CommandLine;

namespace Kms.Host.Cli.YubiHsm;

/// <summary><c>tmkms yubihsm …</c>: YubiHSM 2 devices.</summary>
internal static class YubiHsmCommand
{
    /// <summary>The group of verbs.</summary>
    public static Command Create() => new("yubihsm", "subcommands for YubiHSM 2")
    {
        DetectCommand.Create(),
        SetupCommand.Create(),
        new Command("keys", "the signing keys in a device")
        {
            KeysGenerateCommand.Create(),
            KeysImportCommand.Create(),
            KeysExportCommand.Create(),
            KeysListCommand.Create(),
        },
        TestCommand.Create(),
    };
}
