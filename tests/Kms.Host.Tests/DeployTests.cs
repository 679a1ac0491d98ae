using System.Text.RegularExpressions;
using Kms.Host.Cli;

namespace Kms.Host.Tests;

/// <summary>What deploy/ promises: a unit with a sandbox that starts this program, and an image that is built from what is here.</summary>
public sealed class DeployTests
{
    private static readonly List<(string Key, string Value)> Unit =
        [.. Lines("deploy/systemd/tmkms.service").Where(line => line[0] != '[').Select(line => line.Split('=', 2)).Select(pair => (pair[0], pair[1]))];

    private static readonly List<string> Dockerfile =
        [.. Regex.Replace(Repository.Read("deploy/docker/Dockerfile"), @"\\\n\s*", "").Split('\n').Where(line => line.Length > 0 && line[0] != '#')];

    [Theory]
    [InlineData("User", "tmkms")]
    [InlineData("Group", "tmkms")]
    [InlineData("UMask", "0077")]
    [InlineData("StateDirectory", "tmkms")]
    [InlineData("StateDirectoryMode", "0700")]
    [InlineData("ReadOnlyPaths", "-/var/lib/tmkms/tmkms.toml -/var/lib/tmkms/secrets")]
    [InlineData("WorkingDirectory", "/var/lib/tmkms")]
    [InlineData("Restart", "always")]
    [InlineData("RestartSec", "1")]
    [InlineData("StartLimitIntervalSec", "0")]
    [InlineData("KillMode", "mixed")]
    [InlineData("ExecReload", "/bin/kill -HUP $MAINPID")]
    [InlineData("LimitCORE", "0")]
    [InlineData("Environment", "DOTNET_EnableDiagnostics=0")]
    [InlineData("NoNewPrivileges", "yes")]
    [InlineData("CapabilityBoundingSet", "")]
    [InlineData("AmbientCapabilities", "")]
    [InlineData("ProtectSystem", "strict")]
    [InlineData("ProtectHome", "yes")]
    [InlineData("PrivateTmp", "yes")]
    [InlineData("PrivateDevices", "yes")]
    [InlineData("ProtectKernelTunables", "yes")]
    [InlineData("ProtectKernelModules", "yes")]
    [InlineData("ProtectControlGroups", "yes")]
    [InlineData("RestrictNamespaces", "yes")]
    [InlineData("RestrictAddressFamilies", "AF_INET AF_INET6 AF_UNIX")]
    [InlineData("SystemCallFilter", "@system-service")]
    [InlineData("SystemCallArchitectures", "native")]
    [InlineData("MemoryDenyWriteExecute", "no")]
    public void The_unit_says_so_once(string key, string value) => Assert.Equal([value], Unit.Where(line => line.Key == key).Select(line => line.Value));

    [Fact]
    public void The_drop_in_for_USB_opens_USB_devices_and_no_others()
    {
        var dropIn = Lines("deploy/systemd/usb.conf");
        Assert.Equal(["[Service]", "PrivateDevices=no", "DevicePolicy=closed", "DeviceAllow=char-usb_device rw", "RestrictAddressFamilies=AF_NETLINK"], dropIn);
        Assert.Contains("deploy/systemd/usb.conf /etc/systemd/system/tmkms.service.d/usb.conf", Repository.Read("deploy/README.md"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_drop_in_for_a_Ledger_opens_hidraw_devices_and_no_others()
    {
        Assert.Equal(["[Service]", "PrivateDevices=no", "DevicePolicy=closed", "DeviceAllow=char-hidraw rw"], Lines("deploy/systemd/hidraw.conf"));
        Assert.Contains("deploy/systemd/hidraw.conf /etc/systemd/system/tmkms.service.d/hidraw.conf", Repository.Read("deploy/README.md"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_unit_starts_the_program_with_a_command_line_that_it_understands()
    {
        var words = Unit.Single(line => line.Key == "ExecStart").Value.Split(' ');
        Assert.Equal(["/usr/bin/tmkms", "start", "-c", "/var/lib/tmkms/tmkms.toml"], words);
        Assert.Empty(Verbs.All().Parse(words[1..]).Errors);
    }

    [Fact]
    public void The_unit_leaves_more_time_to_stop_than_the_program_takes() =>
        Assert.True(TimeSpan.FromSeconds(int.Parse(Unit.Single(line => line.Key == "TimeoutStopSec").Value, System.Globalization.CultureInfo.InvariantCulture)) > CommandLine.ShutdownTimeout);

    [Fact]
    public void The_image_is_built_from_a_project_that_is_here_and_copied()
    {
        var project = Regex.Match(string.Join('\n', Dockerfile), @"dotnet publish (\S+) ").Groups[1].Value;
        Assert.True(File.Exists(Path.Combine(Repository.Root, project)), project);
        var references = Regex.Matches(Repository.Read(project), @"Include=""\.\./([^""]+)""").SelectMany(match => match.Groups[1].Value.Replace("../", "", StringComparison.Ordinal).Split(';'));
        var ignored = Lines(".dockerignore");
        Assert.All(references.Append(project), path =>
        {
            Assert.True(File.Exists(Path.Combine(Repository.Root, path)), path);
            Assert.DoesNotContain(path.Split('/')[0], ignored);
        });
    }

    [Fact]
    public void The_image_ignores_keys_state_and_the_history() =>
        Assert.Empty(new[] { ".git", "**/secrets", "**/state", "**/*.key", "**/priv_validator_*.json", "**/bin", "**/obj" }.Except(Lines(".dockerignore")));

    [Fact]
    public void The_container_runs_the_program_as_a_user_of_its_own_on_one_volume()
    {
        Assert.Equal(["FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build", "FROM mcr.microsoft.com/dotnet/runtime:10.0"], Dockerfile.Where(line => line.StartsWith("FROM ", StringComparison.Ordinal)));
        var volume = Assert.Single(Dockerfile, line => line.StartsWith("VOLUME ", StringComparison.Ordinal)).Split(' ')[1];
        Assert.Contains(Dockerfile, line => line.Contains($"install -d -m 0700 -o 10001 -g 10001 {volume}", StringComparison.Ordinal));
        Assert.Contains($"ENV {ConfigOption.EnvironmentVariable}={volume}/tmkms.toml", Dockerfile);
        Assert.Equal(["USER 10001:10001", """ENTRYPOINT ["tmkms"]""", """CMD ["start"]"""], Dockerfile[^3..]);
        Assert.Empty(Verbs.All().Parse(["start"]).Errors);
    }

    private static List<string> Lines(string path) => [.. Repository.Read(path).Split('\n').Where(line => line.Length > 0 && line[0] != '#')];
}
