using System.CommandLine;
using Kms.Host.Composition;

namespace Kms.Host.Cli;

/// <summary><c>tmkms start</c>: sign until told to stop.</summary>
public static class StartCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var config = ConfigOption.Create();
        var verbose = new Option<bool>("--verbose", "-v") { Description = "log debug lines" };
        var akka = new Option<string?>("--akka-config") { Description = "a HOCON file whose settings win over the shipped akka.hocon" };
        var command = new Command("start", "start the KMS application") { config, verbose, akka };
        command.SetAction(async (parsed, _) =>
        {
            var path = parsed.GetRequiredValue(config);
            return ConfigOption.TryLoad(path, out var settings)
                ? await Signer.RunAsync(settings, path, parsed.GetValue(akka), parsed.GetValue(verbose)).ConfigureAwait(false)
                : CommandLine.Failure;
        });
        return command;
    }
}
