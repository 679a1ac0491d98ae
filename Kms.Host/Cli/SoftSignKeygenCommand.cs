using System.CommandLine;
using Kms.Hardware.SoftSign;
using Kms.Protocol.KeyEncoding;

namespace Kms.Host.Cli;

/// <summary><c>tmkms softsign keygen</c>: a new consensus key.</summary>
public static class SoftSignKeygenCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var type = new Option<string>("--type", "-t") { Description = "type of key: consensus", DefaultValueFactory = _ => "consensus" };
        var path = new Argument<string>("PATH") { Description = "where the key is written; must not exist yet" };
        var command = new Command("keygen", "generate a software signing key") { type, path };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(type), parsed.GetRequiredValue(path)));
        return command;
    }

    private static int Run(string type, string path)
    {
        if (type == "account")
            return CommandLine.Fail("account keys sign transactions, which this signer does not do: only consensus keys are made", CommandLine.Usage);
        if (type != "consensus") return CommandLine.Fail($"unknown key type: {type} (must be 'consensus')", CommandLine.Usage);
        if (!KeyFiles.Generate(path, out var publicKey, out var error)) return CommandLine.Fail(error);

        CommandLine.Report("Generated", $"consensus (Ed25519) private key at: {path}");
        CommandLine.Report("Public key", KeyFormatter.Format(publicKey, new KeyFormat.CosmosJson()));
        return CommandLine.Success;
    }
}
