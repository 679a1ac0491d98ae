using System.CommandLine;
using Kms.Core.Signing;
using Kms.Hardware.SoftSign;
using Kms.Protocol.KeyEncoding;

namespace Kms.Host.Cli;

/// <summary><c>tmkms softsign keygen</c>: a new consensus key.</summary>
public static class SoftSignKeygenCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var type = new Option<string>("--type", "-t") { Description = "type of key: consensus, or account (secp256k1)", DefaultValueFactory = _ => "consensus" };
        var algorithm = AlgorithmOption.Create("algorithm of a consensus key: ed25519 (the default) or secp256k1");
        var path = new Argument<string>("PATH") { Description = "where the key is written; must not exist yet" };
        var command = new Command("keygen", "generate a software signing key") { type, algorithm, path };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(type), AlgorithmOption.Of(parsed.GetValue(algorithm)), parsed.GetRequiredValue(path)));
        return command;
    }

    private static int Run(string type, KeyAlgorithm? wanted, string path)
    {
        if (type is not ("account" or "consensus"))
            return CommandLine.Fail($"unknown key type: {type} (must be 'account' or 'consensus')", CommandLine.Usage);
        if (type == "account" && wanted == KeyAlgorithm.Ed25519) return CommandLine.Fail("an account key is secp256k1, not ed25519", CommandLine.Usage);
        var algorithm = wanted ?? (type == "account" ? KeyAlgorithm.Secp256k1 : KeyAlgorithm.Ed25519);
        if (!KeyFiles.Generate(path, algorithm, out var publicKey, out var error)) return CommandLine.Fail(error);

        CommandLine.Report("Generated", $"{type} ({AlgorithmOption.Print(algorithm)}) private key at: {path}");
        CommandLine.Report("Public key", KeyFormatter.Format(publicKey, new KeyFormat.CosmosJson()));
        AlgorithmOption.Remind(algorithm, type == "account" ? "key_type = \"account\"" : "algorithm = \"secp256k1\"");
        return CommandLine.Success;
    }
}
