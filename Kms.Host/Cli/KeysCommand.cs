using System.CommandLine;
using Kms.Hardware.SoftSign;
using Kms.Host.Check;

namespace Kms.Host.Cli;

/// <summary><c>tmkms keys show</c>: the public half of the keys, in every form somebody asks for.</summary>
public static class KeysCommand
{
    /// <summary>The verbs.</summary>
    public static Command Create() => new("keys", "the public keys of the configured chains") { Show() };

    private static Command Show()
    {
        var config = ConfigOption.Create();
        var json = new Option<bool>("--json") { Description = "print JSON" };
        var file = new Option<string?>("--file") { Description = "show the key of this file instead; needs no configuration", HelpName = "PATH" };
        var format = new Option<string?>("--format") { Description = "format of --file: base64 (the default) or json (priv_validator_key.json)" };
        format.AcceptOnlyFromAmong("base64", "json");
        var algorithm = AlgorithmOption.Create("algorithm of --file: ed25519 or secp256k1; by default what JSON says, and ed25519 for base64");
        var chain = new Argument<string?>("CHAIN") { Description = "a chain id of tmkms.toml; all without it", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("show", "print public keys, addresses, node ids and peer ids") { config, json, file, format, algorithm, chain };
        command.Validators.Add(result =>
        {
            if (result.GetValue(file) is null && result.GetResult(format) is not null) result.AddError("--format goes with --file");
            if (result.GetValue(file) is null && result.GetResult(algorithm) is not null) result.AddError("--algorithm goes with --file");
            if (result.GetValue(file) is not null && (result.GetValue(chain) is not null || result.GetResult(config) is { Implicit: false }))
                result.AddError("--file goes with neither --config nor CHAIN");
        });
        command.SetAction(async (parsed, _) => parsed.GetValue(file) is { } path
            ? Print(OfFile(path, parsed.GetValue(format), parsed.GetValue(algorithm)), parsed.GetValue(json))
            : await ConfiguredAsync(parsed.GetRequiredValue(config), parsed.GetValue(chain), parsed.GetValue(json)));
        return command;
    }

    private static KeyListing OfFile(string path, string? format, string? algorithm) =>
        KeyListing.OfFile(path, format == "json" ? SoftSignKeyFormat.Json : SoftSignKeyFormat.Base64, AlgorithmOption.Of(algorithm));

    private static async Task<int> ConfiguredAsync(string configPath, string? chain, bool json)
    {
        if (!ConfigOption.TryLoad(configPath, out var config)) return CommandLine.Failure;
        if (ConfigOption.Chains(configPath, config, chain) is not { } chains) return CommandLine.Failure;
        return Print(await KeyListing.OfAsync(config, chains, () => DeviceCheck.IsRunningAsync(configPath, akkaPath: null)), json);
    }

    private static int Print(KeyListing listing, bool json)
    {
        if (json)
        {
            using var stdout = Console.OpenStandardOutput();
            ShownKey.WriteJson(stdout, listing.Keys);
            stdout.WriteByte((byte)'\n');
        }
        else
        {
            for (var i = 0; i < listing.Keys.Count; i++)
            {
                if (i > 0) Console.WriteLine();
                listing.Keys[i].Write(Console.Out, Ansi.Output);
            }
        }

        foreach (var error in listing.Errors) CommandLine.Fail(error);
        return listing.Errors.Count == 0 ? CommandLine.Success : CommandLine.Failure;
    }
}
