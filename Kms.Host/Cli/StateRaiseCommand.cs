using System.CommandLine;
using System.CommandLine.Parsing;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Host.Composition;

namespace Kms.Host.Cli;

/// <summary><c>tmkms state raise</c>: moves the floor of a chain up, never down.</summary>
internal static class StateRaiseCommand
{
    public static Command Create()
    {
        var (config, akka, chain) = (ConfigOption.Create(), ConfigOption.CreateAkka(), StateCommand.ChainArgument());
        var yes = new Option<bool>("--yes", "-y") { Description = "do not ask" };
        var position = new Argument<Hrs>("H/R/S")
        {
            Description = "height/round/step (0 proposal, 1 prevote, 2 precommit), or a height alone for the whole of it",
            CustomParser = Parse,
        };
        var command = new Command("raise", "refuse everything up to a height, round and step; never lowers") { config, akka, yes, chain, position };
        command.SetAction((parsed, cancel) => RunAsync(
            run => StateCommand.WithChainAsync(parsed.GetRequiredValue(config), parsed.GetValue(akka), parsed.GetRequiredValue(chain), run),
            parsed.GetRequiredValue(position), parsed.GetValue(yes), cancel));
        return command;
    }

    private static Hrs Parse(ArgumentResult result)
    {
        if (Hrs.TryParse(result.Tokens[0].Value, out var position)) return position;
        result.AddError($"'{result.Tokens[0].Value}' is no position: write height/round/step such as 22100000/0/2, or a height such as 22100000");
        return default;
    }

    // The journal is given back before the question: a signer could not start until somebody answers it.
    private static async Task<int> RunAsync(Func<Func<IChainAccess, Task<int>>, Task<int>> withChain, Hrs floor, bool yes, CancellationToken cancel)
    {
        Func<Task<bool>> confirmed = () => Task.FromResult(true);
        var read = await withChain(async chain =>
        {
            if (await chain.StateAsync().ConfigureAwait(false) is not { } state) return StateCommand.Unreadable(chain);
            if (state.Watermark is { } known && floor <= known.Floor)
                return CommandLine.Fail($"chain {chain.Chain} stands at {known.Floor} already, and a floor is never lowered; nothing was changed");
            if (!yes) confirmed = () => ConfirmedAsync(chain.Chain, state.Watermark, floor, cancel);
            return CommandLine.Success;
        }).ConfigureAwait(false);
        if (read != CommandLine.Success) return read;
        return await confirmed().ConfigureAwait(false)
            ? await withChain(chain => RaiseAsync(chain, floor)).ConfigureAwait(false)
            : CommandLine.Fail("not confirmed, nothing was changed");
    }

    private static async Task<int> RaiseAsync(IChainAccess chain, Hrs floor)
    {
        if (await chain.RaiseAsync(new FloorClaim(floor, "tmkms state raise")).ConfigureAwait(false) is not { } result) return StateCommand.Unreadable(chain);
        if ((result.Error ?? result.Ignored) is { } error) return CommandLine.Fail($"{error}; nothing was changed");
        CommandLine.Report("Raised", $"chain {chain.Chain}: nothing at or below {floor} is signed from now on");
        return CommandLine.Success;
    }

    private static async Task<bool> ConfirmedAsync(ChainId chain, Watermark? watermark, Hrs floor, CancellationToken cancel)
    {
        Console.Error.WriteLine($"chain {chain}: {(watermark is null ? "nothing is recorded" : $"stands at {watermark.Floor}")}; "
            + $"nothing at or below {floor} will ever be signed again, and this cannot be undone.");
        Console.Error.Write("Raise it? [y/N] ");
        // Whoever is asked may press Ctrl-C: the read itself cannot be stopped.
        var answer = Task.Run(Console.ReadLine, CancellationToken.None);
        await Task.WhenAny(answer, Task.Delay(Timeout.Infinite, cancel)).ConfigureAwait(false);
        return answer.IsCompletedSuccessfully && (await answer.ConfigureAwait(false))?.Trim() is "y" or "Y" or "yes";
    }
}
