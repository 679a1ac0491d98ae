using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Harness;
using Kms.Host.Demo;
using Kms.Testing;
using Xunit.Abstractions;

namespace Kms.EndToEnd.Tests;

/// <summary>A test with the real program in a home of its own: real processes, a real journal on disk. At the end every process is killed by
/// its id, the logs (all at debug level) are searched for the keys, and the home is removed.</summary>
public abstract class EndToEndTest(ITestOutputHelper output, KeyAlgorithm algorithm = KeyAlgorithm.Ed25519) : IAsyncLifetime
{
    /// <summary>Long enough for a machine that is busy with everything else.</summary>
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    internal static readonly SignerProgram Program = new(Path.Combine(AppContext.BaseDirectory, "tmkms"));

    /// <summary>What a test asks for before anything else.</summary>
    protected static readonly VoteMessage First = Vote(1, Step.Prevote, Ask.B);

    private static readonly string Chain = Ask.Chain.ToString();

    private readonly List<SignerProcess> _processes = [];
    private readonly List<NodeListener> _listeners = [];

    protected ITestOutputHelper Output => output;

    internal SignerHome Home { get; } = SignerHome.TryCreate(Chain, algorithm, out var error) ?? throw new InvalidOperationException(error);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var process in _processes) await process.DisposeAsync();
        foreach (var listener in _listeners) listener.Dispose();
        var log = File.Exists(Home.Log) ? await File.ReadAllTextAsync(Home.Log) : "";
        var secrets = new[] { Home.ConsensusKey, Home.IdentityKey }.Select(File.ReadAllText).ToArray();
        Home.Delete();

        Assert.All(secrets, secret =>
        {
            Assert.DoesNotContain(secret.Trim(), log, StringComparison.Ordinal);
            Assert.DoesNotContain(secret.Trim().TrimEnd('='), log, StringComparison.Ordinal);
            Assert.DoesNotContain(Convert.ToHexString(Convert.FromBase64String(secret)), log, StringComparison.OrdinalIgnoreCase);
        });
    }

    /// <summary>A node on a free port of this machine.</summary>
    protected NodeListener Listen(HarnessEndpoint? endpoint = null)
    {
        var listener = NodeListener.TryListen(endpoint ?? HarnessOptions.Loopback, Patience, out var problem);
        Assert.True(listener is not null, problem);
        _listeners.Add(listener);
        return listener;
    }

    /// <summary>The node's address for tmkms.toml, with its id.</summary>
    protected static string Pinned(NodeListener node) => node.Address;

    /// <summary>The signer, configured for these nodes, with a state unless told otherwise; not started yet.</summary>
    internal async Task<SignerProcess> SignerFor(IEnumerable<string> addresses, bool reconnect = true, bool state = true)
    {
        Home.WriteConfig(addresses, reconnect);
        if (state) Assert.Null(await Home.InitialiseStateAsync());
        var signer = new SignerProcess(Program, ["start", "-v", "-c", Home.Config], Home.Log);
        _processes.Add(signer);
        return signer;
    }

    /// <summary>Adds lines to the first section of its kind in tmkms.toml.</summary>
    protected async Task ConfigureAsync(string lines, string section = "[[chain]]")
    {
        var text = await File.ReadAllTextAsync(Home.Config);
        var at = text.IndexOf(section, StringComparison.Ordinal) + section.Length;
        Assert.True(at >= section.Length, section);
        await File.WriteAllTextAsync(Home.Config, $"{text[..at]}\n{lines}{text[at..]}");
    }

    /// <summary>Asks until the chain's journal was read; what it says then is an error.</summary>
    protected static async Task<string> RefusesAsync(SignerConnection connection, VoteMessage vote)
    {
        SignerReply.Error refusal;
        do refusal = Assert.IsType<SignerReply.Error>(await SignAsync(connection, vote));
        while (refusal.Text.Contains("deadline", StringComparison.Ordinal) || refusal.Text.Contains("not available", StringComparison.Ordinal));
        return refusal.Text;
    }

    /// <summary>A process to be killed at the end.</summary>
    internal SignerProcess Own(SignerProcess process)
    {
        _processes.Add(process);
        return process;
    }

    /// <summary>Another verb in another process: its exit code and all that it printed.</summary>
    internal Task<(int? ExitCode, string Output)> RunAsync(params string[] arguments) => RunAsync(Program, arguments);

    internal async Task<(int? ExitCode, string Output)> RunAsync(SignerProgram program, params string[] arguments)
    {
        await using var process = new SignerProcess(program, arguments, Path.Combine(Home.Directory, Path.GetRandomFileName()));
        await process.StartAsync(CancellationToken.None);
        var code = await process.ExitAsync(TimeSpan.FromMinutes(3), CancellationToken.None);
        return (code, process.Text());
    }

    /// <summary>Waits until the signer signs: on a busy machine it takes a while to read its journal, and says so instead of signing.</summary>
    protected static async Task SignsAsync(SignerConnection connection, VoteMessage vote)
    {
        var limit = DateTime.UtcNow + Patience;
        SignerReply reply;
        while ((reply = await SignAsync(connection, vote)) is not SignerReply.Signed)
        {
            Assert.IsType<SignerReply.Error>(reply);
            Assert.True(DateTime.UtcNow < limit, reply.ToString());
            await Task.Delay(100);
        }
    }

    /// <summary>A connection of a signer that has signed: <see cref="First"/>.</summary>
    protected static async Task<SignerConnection> AcceptReadyAsync(NodeListener node)
    {
        var connection = await AcceptAsync(node);
        await SignsAsync(connection, First);
        return connection;
    }

    /// <summary>What a test asks for before anything else.</summary>
    protected static async Task<SignerConnection> AcceptAsync(NodeListener node)
    {
        var (connection, problem) = await node.AcceptAsync(Patience, CancellationToken.None);
        Assert.True(connection is not null, problem);
        return connection;
    }

    /// <summary>Waits until a line of the log holds <paramref name="text"/>.</summary>
    internal static async Task LogsAsync(SignerProcess signer, string text)
    {
        var limit = DateTime.UtcNow + Patience;
        while (!signer.Text().Contains(text, StringComparison.Ordinal))
        {
            Assert.True(DateTime.UtcNow < limit, $"the log never said \"{text}\":\n{signer.Text()}");
            await Task.Delay(50);
        }
    }

    protected static VoteMessage Vote(long height, Step step, BlockId? block) =>
        new(Ask.Chain, new Hrs(height, 0, step), block, new Timestamp(1_700_000_000 + height, (int)step));

    protected static Task<SignerReply> SignAsync(SignerConnection connection, VoteMessage vote) => connection.SignAsync(vote, CancellationToken.None);
}
