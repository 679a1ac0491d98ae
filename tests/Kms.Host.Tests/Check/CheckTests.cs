using System.Net.Sockets;
using Kms.Host.Check;
using Kms.Host.Cli;
using Kms.Host.Config;

namespace Kms.Host.Tests.Check;

public sealed class CheckTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("kms-check-").FullName;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public async Task Names_are_resolved_at_once_and_each_that_cannot_be_is_a_warning_at_its_line()
    {
        var config = Config(["known.example", "unknown.example", "127.0.0.1", "slow.example", "[::1]", "unknown.example"], noise: "noisy.example");
        var asked = new List<string>();
        var findings = new Findings("tmkms.toml", config);
        await ValidatorCheck.RunAsync(
            config,
            async (name, cancel) =>
            {
                lock (asked) asked.Add(name);
                if (name is "unknown.example" or "noisy.example") throw new SocketException((int)SocketError.HostNotFound);
                // Deaf to the token, as resolvers are.
                if (name == "slow.example") await new TaskCompletionSource().Task;
            },
            TimeSpan.FromMilliseconds(50), findings);

        Assert.Equal(["known.example", "noisy.example", "slow.example", "unknown.example"], asked.Order());
        Assert.All(findings.All, f => Assert.Equal((Severity.Warning, 8), (f.Severity, f.Remark.Column)));
        Assert.Equal([12, 20, 28, 32], findings.All.Select(f => f.Remark.Line).Order());
        Assert.Contains(findings.All, f => f.Remark.Message == "the host slow.example was not resolved within 0.1 s: check the name, or write an IP address");
        Assert.Contains(findings.All, f => f.Remark.Message.StartsWith("the host unknown.example cannot be resolved (", StringComparison.Ordinal));
    }

    [Fact]
    public void A_folder_of_a_key_that_everybody_may_write_is_a_warning()
    {
        var open = Directory.CreateDirectory(Path.Combine(_home, "open"));
        var folder = Directory.CreateDirectory(Path.Combine(open.FullName, "secrets")).FullName;
        File.SetUnixFileMode(open.FullName, (UnixFileMode)Convert.ToInt32("777", 8));
        var config = Config(["127.0.0.1"], Path.Combine(folder, "a.key"));
        var message = $"the folder {open.FullName} of the key file can be written by every user, who could put another file in its place: run `chmod o-w {open.FullName}`";
        Assert.Contains(message, Keys(config));

        File.SetUnixFileMode(open.FullName, (UnixFileMode)Convert.ToInt32("1777", 8));
        Assert.DoesNotContain(message, Keys(config));
    }

    [Fact]
    public void Colours_are_for_terminals()
    {
        var finding = new Finding(Severity.Warning, new ConfigError("t.toml", 3, 4, "sentence"));
        Assert.Equal("warning: t.toml:3:4: sentence\nt.toml: 0 errors, 1 warning, 0 notes\n", Printed(finding, coloured: false));
        Assert.Equal("\e[1;33mwarning\e[0m: t.toml:3:4: sentence\nt.toml: 0 errors, 1 warning, 0 notes\n", Printed(finding, coloured: true));
    }

    [Fact]
    public void Findings_come_in_the_order_of_the_file_and_once()
    {
        Finding At(Severity severity, int line, int column, string message) => new(severity, new ConfigError("t", line, column, message));
        Finding[] right = [At(Severity.Note, 0, 0, "a"), At(Severity.Error, 2, 1, "z"), At(Severity.Warning, 2, 1, "a"), At(Severity.Error, 2, 5, "a"), At(Severity.Error, 10, 1, "a")];
        Assert.Equal(right, Finding.InOrder([right[4], right[2], right[0], right[3], right[2], right[1]]));
    }

    private static string Printed(Finding finding, bool coloured)
    {
        var output = new StringWriter { NewLine = "\n" };
        ConfigCommand.Print(output, "t.toml", [finding], new Ansi(coloured));
        return output.ToString();
    }

    private static IEnumerable<string> Keys(KmsConfig config)
    {
        var findings = new Findings("tmkms.toml", config);
        KeyCheck.Run(config, findings);
        return findings.All.Select(f => f.Remark.Message);
    }

    private static KmsConfig Config(string[] hosts, string key = "/keys/a.key", string? noise = null)
    {
        var text = $"[[chain]]\nid = \"a\"\nkey_format = {{ type = \"hex\" }}\n[[providers.softsign]]\nchain_ids = [\"a\"]\npath = \"{key}\"\n"
            + string.Concat(hosts.Select((host, i) => $"[[validator]]\naddr = \"tcp://{host}:{i + 1}\"\nsecret_key = \"/k\"\nchain_id = \"a\"\n"))
            + (noise is null ? "" : $"[[validator]]\naddr = \"noise://12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA@{noise}:1\"\nsecret_key = \"/k\"\nchain_id = \"a\"\n");
        var result = KmsConfigLoader.Parse(text, "tmkms.toml", null);
        Assert.Empty(result.Errors);
        return result.Config!;
    }
}
