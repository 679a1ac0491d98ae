using System.CommandLine;
using Kms.Hardware.SoftSign;
using Kms.Protocol.KeyEncoding;

namespace Kms.Host.Cli;

/// <summary><c>tmkms softsign import</c>: takes the consensus key of a node over into a key file of its own.</summary>
public static class SoftSignImportCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var format = new Option<string>("--format", "-f")
        {
            Description = "format of IN: json (priv_validator_key.json) or base64",
            DefaultValueFactory = _ => "json",
        };
        var input = new Argument<string>("IN") { Description = "the key to import" };
        var output = new Argument<string>("OUT") { Description = "where the key is written; must not exist yet" };
        var command = new Command("import", "import a validator's private key") { format, input, output };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(format), parsed.GetRequiredValue(input), parsed.GetRequiredValue(output)));
        return command;
    }

    private static int Run(string format, string input, string output)
    {
        if (format is not ("json" or "base64"))
            return CommandLine.Fail($"invalid key format: {format} (must be 'json' or 'base64')", CommandLine.Usage);
        var encoding = format == "json" ? SoftSignKeyFormat.Json : SoftSignKeyFormat.Base64;
        if (!SoftSignKeyFile.TryReadSecret(input, encoding, out var secret, out var error)) return CommandLine.Fail(error);
        using (secret)
        {
            if (!KeyFiles.Create(output, secret.Span, out error)) return CommandLine.Fail(error);
            using var signer = SoftSignKeyFile.Open(secret.Span);
            CommandLine.Report("Imported", $"consensus (Ed25519) private key to: {output}");
            CommandLine.Report("Public key", KeyFormatter.Format(signer.PublicKey, new KeyFormat.CosmosJson()));
        }

        CommandLine.Report("Next", $"stop the node and remove {input} from it: a node that keeps the key signs beside this signer");
        CommandLine.Report("Next", "run `tmkms state init`: what the node signed so far was not imported, only the key");
        return CommandLine.Success;
    }
}
