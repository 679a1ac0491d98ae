using System.Diagnostics;

namespace Kms.Host.Tests.Check;

/// <summary><c>config check</c> says before the start what the start would say: over the same setups, one finds an error exactly where the other
/// does not start. The validator is a port that nobody listens on, with reconnect = false, so that a signer that starts ends by itself.</summary>
public sealed class StartAgreesTests : IDisposable
{
    private static readonly string Executable = Path.Combine(AppContext.BaseDirectory, "tmkms");

    private const string Good = """
        [[chain]]
        id = "test-1"
        key_format = { type = "hex" }
        [[providers.softsign]]
        chain_ids = ["test-1"]
        path = "cons.key"
        [[validator]]
        chain_id = "test-1"
        addr = "tcp://127.0.0.1:1"
        secret_key = "id.key"
        reconnect = false

        """;

    private const string State = """{"height":"5","round":"0","step":1,"block_id":null}""";

    private readonly string _home = Directory.CreateTempSubdirectory("kms-agree-").FullName;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    public static TheoryData<string, bool> Setups { get; } = new()
    {
        { "nothing wrong", true },
        { "no configuration", false },
        { "a directory as configuration", false },
        { "TOML syntax", false },
        { "unknown key", false },
        { "unregistered chain", false },
        { "chain without key", false },
        { "provider that is not there", false },
        { "no chain section", true },
        { "a path with a zero character", false },
        { "a path of another user's home", false },
        { "a socket path that is too long", false },
        { "one state file for two chains", false },
        { "consensus key missing", false },
        { "consensus key open to others", false },
        { "consensus key damaged", false },
        { "identity key missing", false },
        { "identity key expanded", false },
        { "state file", true },
        { "state file missing", true },
        { "state file at height 0", true },
        { "state file empty", false },
        { "state file damaged", false },
        { "state file of a newer version", false },
        { "state file a directory", false },
        { "state file in a missing folder", false },
        { "state file a dangling link", true },
        { "default state file damaged", false },
        { "hook missing", true },
        { "hook missing, fail_closed", false },
        { "journal damaged", false },
        { "journal's folder a file", false },
        { "journal a directory", false },
        { "journal in memory", false },
        { "Akka configuration missing", false },
    };

    [Theory]
    [MemberData(nameof(Setups))]
    public async Task Check_reports_an_error_where_start_refuses_and_nowhere_else(string setup, bool starts)
    {
        Write("cons.key", Convert.ToBase64String(new byte[32]));
        Write("id.key", Convert.ToBase64String(new byte[32]));
        string[] more = Arrange(setup);
        var check = await RunAsync(["config", "check", "-c", "tmkms.toml", .. more]);
        var start = await RunAsync(["start", "-c", "tmkms.toml", .. more]);

        Assert.True(starts == start.Output.Contains("starting up...", StringComparison.Ordinal), $"{setup}: start\n{start}");
        Assert.True(starts == (start.Error.Length == 0), $"{setup}: start\n{start}");
        Assert.True(check.ExitCode == (starts ? 0 : 1), $"{setup}: check\n{check}\nstart\n{start}");
        Assert.DoesNotContain("   at ", check.Error + start.Error, StringComparison.Ordinal);
    }

    private string[] Arrange(string setup)
    {
        var config = Good;
        string[] more = [];
        switch (setup)
        {
            case "nothing wrong": break;
            case "no configuration": return more;
            case "a directory as configuration": Folder("tmkms.toml"); return more;
            case "TOML syntax": config += "x = ="; break;
            case "unknown key": config += "x = 1"; break;
            case "unregistered chain": Change("chain_id = \"test-1\"", "chain_id = \"test-2\""); break;
            case "chain without key": config += "[[chain]]\nid = \"test-2\"\nkey_format = { type = \"hex\" }\n"; break;
            case "provider that is not there": config += "[[providers.fortanixdsm]]\napi_endpoint = \"https://sdkms.fortanix.com\"\napi_key = \"k\"\nsigning_keys = [{ chain_ids = [\"test-2\"], key_name = \"n\" }]\n[[chain]]\nid = \"test-2\"\nkey_format = { type = \"hex\" }\n"; break;
            case "no chain section": config = config[config.IndexOf("[[prov", StringComparison.Ordinal)..]; break;
            case "a path with a zero character": Change("cons.key", "cons\\u0000.key"); break;
            case "a path of another user's home": Change("cons.key", "~root/cons.key"); break;
            case "a socket path that is too long": Change("tcp://127.0.0.1:1", $"unix:///{new string('a', 107)}"); break;
            case "one state file for two chains":
                Chain("state_file = \"s.json\"");
                Change("chain_ids = [\"test-1\"]", "chain_ids = [\"test-1\", \"test-2\"]");
                config += "[[chain]]\nid = \"test-2\"\nkey_format = { type = \"hex\" }\nstate_file = \"./s.json\"\n";
                break;
            case "consensus key missing": File.Delete(At("cons.key")); break;
            case "consensus key open to others": File.SetUnixFileMode(At("cons.key"), (UnixFileMode)Convert.ToInt32("644", 8)); break;
            case "consensus key damaged": Write("cons.key", "?"); break;
            case "identity key missing": File.Delete(At("id.key")); break;
            case "identity key expanded": Write("id.key", Convert.ToBase64String(Expanded())); break;
            case "state file": StateFile(State); break;
            case "state file missing": Chain("state_file = \"s.json\""); break;
            case "state file at height 0": StateFile(State.Replace('5', '0')); break;
            case "state file empty": StateFile(""); break;
            case "state file damaged": StateFile(State[..20]); break;
            case "state file of a newer version": StateFile(State.Replace("{", "{\"version\":2,", StringComparison.Ordinal)); break;
            case "state file a directory": Chain("state_file = \"s.json\""); Folder("s.json"); break;
            case "state file in a missing folder": Chain("state_file = \"gone/s.json\""); break;
            case "state file a dangling link": Chain("state_file = \"s.json\""); File.CreateSymbolicLink(At("s.json"), At("gone.json")); break;
            case "default state file damaged": Write("test-1_priv_validator_state.json", "{"); break;
            case "hook missing": Chain("state_hook = { cmd = [\"./gone\"] }"); break;
            case "hook missing, fail_closed": Chain("state_hook = { cmd = [\"./gone\"], fail_closed = true }"); break;
            case "journal damaged": Folder("state"); Write("state/kms.db", "no database"); break;
            case "journal's folder a file": Write("state", "no folder"); break;
            case "journal a directory": Folder("state/kms.db"); break;
            case "journal in memory": Write("a.hocon", "akka.persistence.journal.plugin = \"akka.persistence.journal.inmem\""); more = ["--akka-config", "a.hocon"]; break;
            case "Akka configuration missing": more = ["--akka-config", "gone.hocon"]; break;
            default: throw new ArgumentException(setup);
        }

        Write("tmkms.toml", config);
        return more;

        void Change(string from, string to) => config = config.Replace(from, to, StringComparison.Ordinal);
        void Chain(string key) => Change("key_format = { type = \"hex\" }", $"key_format = {{ type = \"hex\" }}\n{key}");
        void StateFile(string text)
        {
            Chain("state_file = \"s.json\"");
            Write("s.json", text);
        }
    }

    // Clamped, so that it cannot be taken for a seed and its public key.
    private static byte[] Expanded()
    {
        var secret = new byte[64];
        (secret[0], secret[31]) = (8, 64);
        return secret;
    }

    private string At(string name) => Path.Combine(_home, name);

    private void Folder(string name) => Directory.CreateDirectory(At(name));

    private void Write(string name, string text)
    {
        File.WriteAllText(At(name), text);
        File.SetUnixFileMode(At(name), UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private async Task<Ran> RunAsync(params string[] args)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var start = new ProcessStartInfo(Executable, args)
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _home, Environment = { ["HOME"] = _home },
        };
        using var process = Process.Start(start)!;
        try
        {
            var (output, error) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
            await process.WaitForExitAsync(limit.Token);
            return new Ran(await output, await error, process.ExitCode);
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    private sealed record Ran(string Output, string Error, int ExitCode);
}
