using Kms.Core.Consensus;
using Kms.Hardware.SoftSign;
using Kms.Host.Config;
using Kms.Host.State;
using Kms.Host.Tests.Config;

namespace Kms.Host.Tests.State;

/// <summary>What comes along when the key of a node is imported.</summary>
public sealed class NodeStateTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("kms-node-").FullName;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    // A copy beside the key that somebody forgot must not hide where the node went on.
    [Theory]
    [InlineData(100, 200)]
    [InlineData(200, 100)]
    public void Of_two_files_both_count(long besideKey, long inData)
    {
        Write("config", besideKey);
        Write("data", inData);
        var found = Find();
        Assert.Null(found.Error);
        Assert.Equal([besideKey, inData], found.Claims.Select(claim => claim.Claim.Floor.Height.Value));
    }

    [Theory]
    [InlineData("config")]
    [InlineData("data")]
    public void A_file_that_cannot_be_read_is_never_passed_over_for_the_other(string broken)
    {
        Write("config", 100);
        Write("data", 100);
        File.WriteAllText(Path.Combine(_home, broken, "priv_validator_state.json"), "");
        Assert.Contains($"{_home}/{broken}/priv_validator_state.json is empty", Find().Error, StringComparison.Ordinal);

        File.Delete(Path.Combine(_home, broken, "priv_validator_state.json"));
        Directory.CreateDirectory(Path.Combine(_home, broken, "priv_validator_state.json"));
        Assert.Contains("is a directory", Find().Error, StringComparison.Ordinal);
    }

    private NodeState Find()
    {
        var loaded = KmsConfigLoader.Parse(ConfigText.Good, "tmkms.toml", _home);
        var config = loaded.Config!;
        using var key = SoftSigner.FromSeed(new byte[32]);
        return NodeState.Find(Path.Combine(_home, "config", "priv_validator_key.json"), config, config.SoftSignKeys[0].Path, key.PublicKey);
    }

    private void Write(string folder, long height)
    {
        Directory.CreateDirectory(Path.Combine(_home, folder));
        File.WriteAllText(Path.Combine(_home, folder, "priv_validator_state.json"), $$"""{"height":"{{height}}","round":0,"step":3}""");
    }
}
