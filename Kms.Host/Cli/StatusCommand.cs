using System.CommandLine;
using System.Text.Json;
using Kms.Actors.Chain;
using Kms.Host.Control;

namespace Kms.Host.Cli;

/// <summary><c>tmkms status</c>: what the running signer says about itself.</summary>
internal static class StatusCommand
{
    private static readonly JsonSerializerOptions Indented = new(ControlWire.Json) { WriteIndented = true };

    public static Command Create()
    {
        var config = ConfigOption.Create();
        var akka = ConfigOption.CreateAkka();
        var json = new Option<bool>("--json") { Description = "print JSON" };
        var command = new Command("status", "ask the running signer where its chains stand") { config, akka, json };
        command.SetAction((parsed, _) => RunAsync(parsed.GetRequiredValue(config), parsed.GetValue(akka), parsed.GetValue(json)));
        return command;
    }

    private static async Task<int> RunAsync(string configPath, string? akkaPath, bool json)
    {
        if (await SignerQuestion.AskAsync(configPath, akkaPath, SignerVerbs.Status).ConfigureAwait(false) is not { } reply) return CommandLine.Failure;
        if (!reply.Ok || reply.Data?.Deserialize<SignerStatus>(ControlWire.Json) is not { } status) return CommandLine.Fail(reply.Message);
        Console.WriteLine(json ? JsonSerializer.Serialize(status, Indented) : Describe(status));
        return status.Chains.All(chain => chain.Problem is null) ? CommandLine.Success : CommandLine.Failure;
    }

    private static string Describe(SignerStatus status) => string.Join('\n',
    [
        $"tmkms {status.Version}, process {status.Pid}",
        .. status.Chains.Select(chain => $"chain {chain.Id}: {chain.Problem ?? $"stands at {chain.Watermark}{Describe(chain.Counts)}"}"),
        .. status.Validators.Select(validator => $"validator {validator.Chain}@{validator.Address}"),
    ]);

    private static string Describe(ChainCounts? counts) => counts is null || counts == ChainCounts.None
        ? ""
        : $"; {counts.Again} requests answered again, {counts.Conflicts} conflicting and {counts.Regressions} late ones refused";
}
