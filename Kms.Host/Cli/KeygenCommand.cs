using System.CommandLine;
using Kms.Core.Signing;
using Kms.Hardware.SoftSign;

namespace Kms.Host.Cli;

/// <summary><c>tmkms keygen PATH</c>: an identity key for SecretConnection (tmkms.toml's validator.secret_key).</summary>
public static class KeygenCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var path = new Argument<string>("PATH") { Description = "where the key is written; must not exist yet" };
        var command = new Command("keygen", "generate an identity key, with which this signer proves itself to nodes") { path };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(path)));
        return command;
    }

    private static int Run(string path)
    {
        if (!KeyFiles.Generate(path, KeyAlgorithm.Ed25519, out _, out var error)) return CommandLine.Fail(error);
        CommandLine.Report("Generated", $"Secret Connection key: {path}");
        return CommandLine.Success;
    }
}
