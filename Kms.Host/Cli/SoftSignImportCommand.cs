using System.CommandLine;
using Kms.Core.Signing;
using Kms.Hardware.SoftSign;
using Kms.Host.Config;
using Kms.Host.State;
using Kms.Protocol.KeyEncoding;

namespace Kms.Host.Cli;

/// <summary><c>tmkms softsign import</c>: takes the consensus key of a node over into a key file of its own, and what the node signed with it
/// into the journal.</summary>
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
        var algorithm = AlgorithmOption.Create("algorithm of IN: ed25519 or secp256k1; by default what JSON says, and ed25519 for base64");
        var (config, akka) = (ConfigOption.Create(), ConfigOption.CreateAkka());
        var input = new Argument<string>("IN") { Description = "the key to import; a priv_validator_state.json beside it is imported, too" };
        var output = new Argument<string>("OUT") { Description = "where the key is written; must not exist yet" };
        var command = new Command("import", "import a validator's private key and what it signed") { format, algorithm, config, akka, input, output };
        command.SetAction((parsed, _) => RunAsync(
            parsed.GetRequiredValue(format), AlgorithmOption.Of(parsed.GetValue(algorithm)), parsed.GetRequiredValue(config), parsed.GetResult(config) is { Implicit: false },
            parsed.GetValue(akka), parsed.GetRequiredValue(input), parsed.GetRequiredValue(output)));
        return command;
    }

    private static async Task<int> RunAsync(
        string format, KeyAlgorithm? algorithm, string configPath, bool configIsNamed, string? akkaPath, string input, string output)
    {
        if (format is not ("json" or "base64"))
            return CommandLine.Fail($"invalid key format: {format} (must be 'json' or 'base64')", CommandLine.Usage);
        var encoding = format == "json" ? SoftSignKeyFormat.Json : SoftSignKeyFormat.Base64;
        if (!SoftSignKeyFile.TryReadSecret(input, encoding, algorithm, out var secret, out var error)) return CommandLine.Fail(error);
        using (secret)
        {
            using var signer = secret.Open();

            // Without a configuration there is no journal to import into, which is no mistake unless one was named.
            KmsConfig? config = null;
            if ((configIsNamed || File.Exists(configPath)) && !ConfigOption.TryLoad(configPath, out config)) return CommandLine.Failure;
            if (Mismatch(config, output, secret.Algorithm) is { } mismatch) return CommandLine.Fail(mismatch);
            var state = NodeState.Find(input, config, output, signer.PublicKey);
            if (state.Error is not null) return CommandLine.Fail(state.Error);

            if (!KeyFiles.Create(output, secret.Span, out error)) return CommandLine.Fail(error);
            CommandLine.Report("Imported", $"consensus ({AlgorithmOption.Print(secret.Algorithm)}) private key to: {output}");
            CommandLine.Report("Public key", KeyFormatter.Format(signer.PublicKey, new KeyFormat.CosmosJson()));
            AlgorithmOption.Remind(secret.Algorithm);
            var code = await ImportAsync(configPath, akkaPath, state).ConfigureAwait(false);
            CommandLine.Report("Next", $"stop the node and remove {input} from it: a node that keeps the key signs beside this signer");
            return code;
        }
    }

    /// <summary>A base64 file does not tell what it is a key of: read as another algorithm's, it would be another key.</summary>
    private static string? Mismatch(KmsConfig? config, string output, KeyAlgorithm algorithm) =>
        config?.SoftSignKeys.FirstOrDefault(k => Path.GetFullPath(k.Path) == Path.GetFullPath(output) && k.Algorithm != algorithm) is not { } key ? null
            : $"it is a key of {AlgorithmOption.Print(algorithm)}, but the configuration says that {output} is one of {AlgorithmOption.Print(key.Algorithm)} "
                + $"(line {key.Line}): set algorithm there";

    /// <summary>A chain whose state could not be imported does not sign until it is.</summary>
    private static async Task<int> ImportAsync(string configPath, string? akkaPath, NodeState state)
    {
        if (state.Missing is { } missing) CommandLine.Report("Warning", missing);
        var code = CommandLine.Success;
        foreach (var (chain, claim) in state.Claims)
        {
            var imported = await StateImportCommand.ImportAsync(configPath, akkaPath, chain, claim).ConfigureAwait(false);
            if (imported == CommandLine.Success) continue;
            code = imported;
            CommandLine.Report("Warning", $"only the key was imported: run `tmkms state import` for chain {chain} before you start");
        }

        return code;
    }
}
