using System.CommandLine;
using Kms.Core.DoubleSign;
using Kms.Host.State;
using Kms.Persistence.StateFiles;

namespace Kms.Host.Cli;

/// <summary><c>tmkms state export</c>: what was signed, as another program reads it.</summary>
internal static class StateExportCommand
{
    public static Command Create()
    {
        var (config, akka, chain) = (ConfigOption.Create(), ConfigOption.CreateAkka(), StateCommand.OptionalChainArgument());
        var to = new Option<string?>("--to") { Description = "the file to make, which must not exist; without it, stdout", HelpName = "FILE" };
        var format = StateFormatOption.ForWriting();
        var command = new Command("export", "write what was signed for another signer; stop this one first") { config, akka, to, format, chain };
        command.SetAction((parsed, _) => RunAsync(
            parsed.GetRequiredValue(config), parsed.GetValue(akka), parsed.GetValue(to), parsed.GetValue(format)!.Value, parsed.GetValue(chain)));
        return command;
    }

    private static async Task<int> RunAsync(string configPath, string? akkaPath, string? path, StateFormat format, string? name)
    {
        if (!ConfigOption.TryLoad(configPath, out var config)) return CommandLine.Failure;
        if (ConfigOption.Chains(configPath, config, name) is not { } chains) return CommandLine.Failure;
        if (format != StateFormat.Interchange && chains.Count > 1)
            return CommandLine.Fail($"such a file holds one chain: name one of {string.Join(", ", chains)}");

        var known = new List<Watermark>();
        foreach (var chain in chains)
        {
            var code = await StateCommand.WithChainAsync(configPath, akkaPath, chain, access => StateShowCommand.ReadAsync(access, known)).ConfigureAwait(false);
            if (code != CommandLine.Success) return code;
            if (ChainStart.StateFileSaysMore(config.Chains.Single(c => c.Id == chain), known[^1]) is { } more) return CommandLine.Fail(more);
        }

        var rendered = StateFile.Render(format, [.. known.Select(watermark => RecordedStates.Of(watermark, ChainKeys.TryRead(config, watermark.Chain)))]);
        return rendered.IsRendered ? Write(path, rendered.Text) : CommandLine.Fail(rendered.Error);
    }

    private static int Write(string? path, string text)
    {
        if (path is null)
        {
            Console.WriteLine(text.TrimEnd('\n')); // Some formats end without a line end, a terminal needs one.
            return CommandLine.Success;
        }

        // An older file may be all that another signer knows.
        if (Path.Exists(path)) return CommandLine.Fail($"{path} exists already and is not overwritten: choose another name, or move it away first");
        if (StateFile.Write(path, text) is { } error) return CommandLine.Fail(error);
        CommandLine.Report("Exported", path);
        return CommandLine.Success;
    }
}
