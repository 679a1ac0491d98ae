using System.CommandLine;
using Kms.Host.Composition;

namespace Kms.Host.Cli;

/// <summary><c>tmkms start</c>: sign until told to stop.</summary>
public static class StartCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var config = ConfigOption();
        var verbose = new Option<bool>("--verbose", "-v") { Description = "log debug lines" };
        var akka = new Option<string?>("--akka-config") { Description = "a HOCON file whose settings win over the shipped akka.hocon" };
        var command = new Command("start", "start the KMS application") { config, verbose, akka };
        command.SetAction((parsed, _) => Signer.RunAsync(
            parsed.GetRequiredValue(config), parsed.GetValue(akka), parsed.GetValue(verbose)));
        return command;
    }

    /// <summary><c>-c PATH</c>, as in tmkms: else $TMKMS_CONFIG_FILE, else ./tmkms.toml.</summary>
    internal static Option<string> ConfigOption() => new("--config", "-c")
    {
        Description = "path to tmkms.toml; without it $TMKMS_CONFIG_FILE, else ./tmkms.toml",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("TMKMS_CONFIG_FILE") is { Length: > 0 } path ? path : "tmkms.toml",
    };
}
