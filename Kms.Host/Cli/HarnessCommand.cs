using System.CommandLine;
using System.Security.Cryptography;
using Kms.Harness;
using Kms.Protocol.KeyEncoding;

namespace Kms.Host.Cli;

/// <summary><c>tmkms harness</c>: plays the validator node against any remote signer and tells whether it may be trusted with a key.</summary>
public static class HarnessCommand
{
    private static string Dialects => $"{string.Join(", ", Dialect.All.SkipLast(1))} or {Dialect.All[^1]}";

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var defaults = new HarnessOptions(HarnessOptions.Loopback, "test-chain-1");
        var listen = new Option<string>("--listen") { Description = "where to listen: tcp://address:port, noise://address:port or unix:///path", DefaultValueFactory = _ => "tcp://127.0.0.1:26659" };
        var signer = new Option<string?>("--signer-peer-id") { Description = "with noise://: serve this signer alone, as a node does", HelpName = "PEERID" };
        var chain = new Option<string>("--chain-id") { Description = "chain id the signer is configured for", DefaultValueFactory = _ => defaults.ChainId };
        var height = new Option<long>("--start-height") { Description = "first height to ask for; above everything the signer has signed", DefaultValueFactory = _ => defaults.StartHeight };
        var messages = new Option<int>("--messages") { Description = "signatures in the latency run", DefaultValueFactory = _ => defaults.Messages };
        var timeout = Seconds("--timeout", "longest wait for one reply", defaults.Timeout);
        var accept = Seconds("--accept-timeout", "longest wait for the signer to dial", defaults.AcceptTimeout);
        var seed = new Option<int?>("--seed") { Description = "repeats a run; random without it" };
        var dialect = new Option<string>("--dialect") { Description = $"the node to play: {Dialects}", DefaultValueFactory = _ => defaults.Dialect.Name };
        var extensions = new Option<bool>("--vote-extensions") { Description = "the chain uses vote extensions (CometBFT 0.38 on): demand their signatures" };
        var raw = new Option<bool>("--raw-bytes") { Description = "the signer is configured to sign raw bytes: demand it; otherwise it must refuse them" };
        var json = new Option<bool>("--json") { Description = "print the report as JSON" };
        var command = new Command("harness", "check a remote signer from the node's side; use a test key: every height asked for is used up")
        {
            listen, signer, chain, height, messages, timeout, accept, seed, dialect, extensions, raw, json,
        };
        command.SetAction((parsed, cancel) =>
        {
            if (!HarnessEndpoint.TryParse(parsed.GetRequiredValue(listen), out var endpoint, out var error)
                || !TryPin(parsed.GetValue(signer), ref endpoint, out error))
                return Task.FromResult(CommandLine.Fail(error!, CommandLine.Usage));
            if (Dialect.Find(parsed.GetRequiredValue(dialect)) is not { } spoken)
                return Task.FromResult(CommandLine.Fail($"there is no dialect '{parsed.GetRequiredValue(dialect)}': use {Dialects}", CommandLine.Usage));
            var options = new HarnessOptions(endpoint!, parsed.GetRequiredValue(chain))
            {
                StartHeight = parsed.GetValue(height),
                Messages = parsed.GetValue(messages),
                Timeout = Wait(parsed.GetValue(timeout)),
                AcceptTimeout = Wait(parsed.GetValue(accept)),
                Seed = parsed.GetValue(seed) ?? RandomNumberGenerator.GetInt32(int.MaxValue),
                Dialect = spoken,
                RawBytes = parsed.GetValue(raw),
                VoteExtensions = parsed.GetValue(extensions),
            };
            return options.Problem() is { } problem
                ? Task.FromResult(CommandLine.Fail(problem, CommandLine.Usage))
                : RunAsync(options, parsed.GetValue(json), cancel);
        });
        return command;
    }

    private static async Task<int> RunAsync(HarnessOptions options, bool json, CancellationToken cancel)
    {
        HarnessReport report;
        try
        {
            report = await HarnessProgressView.ShowAsync(progress => HarnessRunner.RunAsync(options, progress, cancel)).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return CommandLine.Fail("stopped before the end");
        }

        if (json)
        {
            using var stdout = Console.OpenStandardOutput();
            ReportJson.Write(stdout, report);
            Console.WriteLine();
        }
        else
        {
            ReportText.Write(Console.Out, report);
        }

        return report.Passed ? CommandLine.Success : CommandLine.Failure;
    }

    // What no TimeSpan holds, NaN too, is longer than any wait that is allowed.
    private static TimeSpan Wait(double seconds) => Math.Abs(seconds) < 1e9 ? TimeSpan.FromSeconds(seconds) : TimeSpan.MaxValue;

    private static bool TryPin(string? signer, ref HarnessEndpoint? endpoint, out string? error)
    {
        error = null;
        if (signer is null) return true;
        if (endpoint is not HarnessEndpoint.Noise noise) error = "--signer-peer-id goes with --listen noise://address:port";
        else if (PeerId.TryParse(signer, out var id, out error)) endpoint = noise with { Signer = id };
        else error = $"--signer-peer-id '{signer}': {error}; `tmkms keys show` prints it";
        return error is null;
    }

    private static Option<double> Seconds(string name, string description, TimeSpan otherwise) => new(name)
    {
        Description = $"{description}, in seconds",
        DefaultValueFactory = _ => otherwise.TotalSeconds,
    };
}
