using System.CommandLine;
using Kms.Core.Signing;
using Kms.Hardware.SoftSign;
using Kms.Host.Config;

namespace Kms.Host.Cli;

/// <summary><c>tmkms init</c>: a directory with a configuration to edit and an identity key. Keeps what is there already.</summary>
public static class InitCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var networks = new Option<string>("--networks", "-n")
        {
            Description = $"networks to configure, comma separated: {string.Join(", ", Network.All.Select(n => n.Name))}",
            DefaultValueFactory = _ => "cosmoshub",
        };
        var path = new Argument<string>("PATH") { Description = "the directory to create" };
        var command = new Command("init", "initialize KMS configuration") { networks, path };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(networks), parsed.GetRequiredValue(path)));
        return command;
    }

    private static int Run(string names, string path)
    {
        var networks = new List<Network>();
        foreach (var name in names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct())
        {
            if (Network.Find(name) is not { } network)
            {
                var known = string.Join("\n- ", Network.All.Select(n => n.Name));
                return CommandLine.Fail($"unknown CometBFT network: `{name}`\n\nRegistered networks:\n- {known}");
            }

            networks.Add(network);
        }

        if (networks.Count == 0) return CommandLine.Fail("no network named: leave -n away or name one", CommandLine.Usage);
        try
        {
            return Write(Path.GetFullPath(path), networks);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return CommandLine.Fail($"cannot write to {path}: {e.Message}");
        }
    }

    private static int Write(string home, List<Network> networks)
    {
        var config = Path.Combine(home, "tmkms.toml");
        var identity = Path.Combine(home, "secrets", "kms-identity.key");
        if (File.Exists(config))
            return CommandLine.Fail($"{config} exists already and is not overwritten: choose another directory, or move the file away first");

        CommandLine.Report("Creating", home);
        CreatePrivate(home);
        CreatePrivate(Path.Combine(home, "secrets"));
        CreatePrivate(Path.Combine(home, "state"));
        CreatePrivate(Path.Combine(home, "schema"));

        // The configuration comes last: while it is missing, init can be run again.
        var keepsIdentity = File.Exists(identity);
        if (!keepsIdentity && !KeyFiles.Generate(identity, KeyAlgorithm.Ed25519, out _, out var error)) return CommandLine.Fail(error);

        // Somebody will write a password into it one day.
        var own = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite };
        using (var file = new StreamWriter(config, own))
            file.Write(ConfigTemplate.Render(home, networks));
        CommandLine.Report("Generated", $"KMS configuration: {config}");
        CommandLine.Report(keepsIdentity ? "Kept" : "Generated", $"Secret Connection key: {identity}");
        return CommandLine.Success;
    }

    /// <summary>A directory for its owner only; an existing one keeps its mode.</summary>
    private static void CreatePrivate(string directory) =>
        Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
}
