using System.Net;
using System.Net.Sockets;
using Kms.Actors.Validator;
using Kms.Host.Config;

namespace Kms.Host.Check;

/// <summary>Looks whether the validators' addresses lead anywhere. Nothing is dialled: a node takes one signer at a time.</summary>
internal static class ValidatorCheck
{
    /// <summary>How long all names together may take.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(4);

    /// <param name="config">The configuration.</param>
    /// <param name="resolve">Looks a name up; throws <see cref="SocketException"/> when there is none.</param>
    /// <param name="deadline">Longest wait for all names.</param>
    /// <param name="findings">Where findings go.</param>
    public static async Task RunAsync(
        KmsConfig config, Func<string, CancellationToken, Task> resolve, TimeSpan deadline, Findings findings)
    {
        foreach (var validator in config.Validators)
            if (validator.Options.Address is ValidatorAddress.Unix socket) Socket(socket.Path, validator.Line, findings);

        var names = config.Validators.Select(v => HostOf(v.Options.Address)).OfType<string>()
            .Where(host => !IPAddress.TryParse(host, out _)).Distinct().ToList();
        var problems = await Task.WhenAll(names.Select(name => ProblemAsync(name, resolve, deadline)));
        foreach (var (name, problem) in names.Zip(problems))
        {
            if (problem is null) continue;
            foreach (var validator in config.Validators.Where(v => HostOf(v.Options.Address) == name))
                findings.Add(Severity.Warning, validator.Line, "addr", $"the host {name} {problem}: check the name, or write an IP address");
        }
    }

    private static string? HostOf(ValidatorAddress address) => address switch
    {
        ValidatorAddress.Tcp tcp => tcp.Host,
        ValidatorAddress.Noise noise => noise.Host,
        _ => null,
    };

    private static void Socket(string path, int line, Findings findings)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path));
        if (!Directory.Exists(folder))
            findings.Add(Severity.Warning, line, "addr", $"the folder {folder} of the socket does not exist: the node cannot listen there; check the path");
        else if (!Path.Exists(path))
            findings.Add(Severity.Note, line, "addr", $"the socket {path} is not there: the node makes it when it starts with priv_validator_laddr = \"unix://{path}\"");
    }

    private static async Task<string?> ProblemAsync(string name, Func<string, CancellationToken, Task> resolve, TimeSpan deadline)
    {
        try
        {
            using var limit = new CancellationTokenSource(deadline);
            // Resolvers of the system do not always listen to the token.
            await resolve(name, limit.Token).WaitAsync(limit.Token);
            return null;
        }
        catch (SocketException e)
        {
            return $"cannot be resolved ({e.Message})";
        }
        catch (ArgumentException)
        {
            return "is no host name";
        }
        catch (OperationCanceledException)
        {
            return $"was not resolved within {deadline.TotalSeconds:0.#} s";
        }
    }
}
