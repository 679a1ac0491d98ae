using System.CommandLine;
using Kms.Core.Signing;
using Kms.Hardware.SoftSign;
using Kms.Host.Cli;
using Kms.Host.Composition;

namespace Kms.Host.Tests.Cli;

public sealed class ConfigOptionTests
{
    [Fact]
    public void The_file_is_named_by_the_option_then_the_environment_then_the_working_directory()
    {
        var option = ConfigOption.Create();
        var command = new Command("start") { option };
        try
        {
            Environment.SetEnvironmentVariable(ConfigOption.EnvironmentVariable, null);
            Assert.Equal("tmkms.toml", command.Parse("").GetValue(option));
            Environment.SetEnvironmentVariable(ConfigOption.EnvironmentVariable, "/etc/tmkms.toml");
            Assert.Equal("/etc/tmkms.toml", command.Parse("").GetValue(option));
            Assert.Equal("x.toml", command.Parse("-c x.toml").GetValue(option));
        }
        finally
        {
            Environment.SetEnvironmentVariable(ConfigOption.EnvironmentVariable, null);
        }
    }

    [Fact]
    public void An_identity_key_loads_from_the_file_that_keygen_writes()
    {
        var directory = Directory.CreateTempSubdirectory("kms-identity-");
        try
        {
            var path = Path.Combine(directory.FullName, "id.key");
            Assert.False(IdentityKeyFile.TryLoad(path, out _, out var missing));
            Assert.Equal($"the key file {path} does not exist", missing);
            Assert.True(KeyFiles.Generate(path, KeyAlgorithm.Ed25519, out var publicKey, out _));
            Assert.True(IdentityKeyFile.TryLoad(path, out var identity, out _));
            using (identity) Assert.Equal(publicKey, identity.PublicKey);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
