using Kms.Actors.Validator;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Hardware.SoftSign;
using Kms.Host.Config;
using Kms.Protocol.KeyEncoding;
using Kms.Protocol.SignBytes;

namespace Kms.Host.Tests.Config;

public sealed class KmsConfigLoaderTests
{
    [Fact]
    public void What_is_left_out_has_its_default()
    {
        var config = Parse(ConfigText.Good);
        var chain = Assert.Single(config.Chains);
        Assert.Equal(new ChainConfig(new ChainId("test-1"), new KeyFormat.Hex(), SignExtensions.Auto, BlockRule.Spec, null, null, 1), chain);
        var validator = Assert.Single(config.Validators);
        Assert.Equal(
            new ValidatorConfig(
                new ValidatorOptions(new ChainId("test-1"), new ValidatorAddress.Tcp(null, "127.0.0.1", 26658), TimeSpan.FromSeconds(10), true, null),
                "/keys/identity.key", null, 9),
            validator);
        var key = Assert.Single(config.SoftSignKeys);
        Assert.Equal([new ChainId("test-1")], key.Chains);
        Assert.Equal(("/keys/test-1.key", SoftSignKeyFormat.Base64, 5), (key.Path, key.Format, key.Line));
        Assert.Empty(config.Warnings);
    }

    [Fact]
    public void Every_key_is_read()
    {
        var config = Parse("""
            [[chain]]
            id = "a"
            key_format = { type = "bech32", account_key_prefix = "cosmospub", consensus_key_prefix = "cosmosvalconspub" }
            sign_extensions = true
            block_rule = "same-block-per-round"
            state_file = "~/state/a.json"
            state_hook = { cmd = ["/bin/height", "-x"], timeout_secs = 5, fail_closed = false }

            [[chain]]
            id = "b"
            key_format.type = "cosmos-json"
            sign_extensions = false

            [[validator]]
            chain_id = "a"
            addr = "tcp://000102030405060708090a0b0c0d0e0f10111213@[::1]:26658"
            secret_key = "~/id.key"
            timeout = 3
            reconnect = false
            max_height = "500"
            protocol_version = "v0.34"

            [[validator]]
            chain_id = "b"
            addr = "unix://~/b.sock"
            max_height = 9223372036854775807

            [[providers.softsign]]
            chain_ids = ["a", "b"]
            key_type = "consensus"
            key_format = "json"
            path = "~/key.json"
            """);
        var (a, b) = (config.Chains[0], config.Chains[1]);
        Assert.Equal(new KeyFormat.Bech32("cosmospub", "cosmosvalconspub"), a.KeyFormat);
        Assert.Equal((SignExtensions.Always, BlockRule.SameBlockPerRound, "/home/op/state/a.json"), (a.SignExtensions, a.BlockRule, a.StateFile));
        Assert.Equal(["/bin/height", "-x"], a.StateHook!.Command);
        Assert.Equal((TimeSpan.FromSeconds(5), false), (a.StateHook.Timeout, a.StateHook.FailClosed));
        Assert.Equal((new KeyFormat.CosmosJson(), SignExtensions.Never), (b.KeyFormat, b.SignExtensions));

        var (first, second) = (config.Validators[0], config.Validators[1]);
        Assert.Equal("a@tcp://000102030405060708090a0b0c0d0e0f10111213@[::1]:26658", first.Options.ToString());
        Assert.Equal((TimeSpan.FromSeconds(3), false, new Height(500)), (first.Options.Timeout, first.Options.Reconnect, first.Options.MaxHeight));
        Assert.Equal(("/home/op/id.key", "v0.34", 14), (first.SecretKeyPath, first.ProtocolVersion, first.Line));
        Assert.Equal("b@unix:///home/op/b.sock", second.Options.ToString());
        Assert.Equal(new Height(long.MaxValue), second.Options.MaxHeight);
        Assert.Null(second.SecretKeyPath);

        var key = Assert.Single(config.SoftSignKeys);
        Assert.Equal([new ChainId("a"), new ChainId("b")], key.Chains);
        Assert.Equal(("/home/op/key.json", SoftSignKeyFormat.Json), (key.Path, key.Format));
    }

    [Theory]
    [InlineData("\"celestia\"", RawBytesForm.Celestia, "", 1_048_576)]
    [InlineData("\"cometbft\"", RawBytesForm.CometBft, "", 1_048_576)]
    [InlineData("{ form = \"celestia\" }", RawBytesForm.Celestia, "", 1_048_576)]
    [InlineData("{ form = \"celestia\", unique_ids = [\"compactBlock\", \"fiber-\"], max_bytes = 65536 }", RawBytesForm.Celestia, "compactBlock fiber-", 65_536)]
    [InlineData("{ form = \"cometbft\", max_bytes = 32 }", RawBytesForm.CometBft, "", 32)]
    public void Raw_bytes_are_allowed_by_form_purpose_and_size(string value, RawBytesForm form, string uniqueIds, int maxBytes)
    {
        var read = Parse(ConfigText.With("key_format", $"sign_raw_bytes = {value}\nkey_format")).Chains[0].SignRawBytes!;
        Assert.Equal((form, uniqueIds, maxBytes), (read.Form, string.Join(' ', read.UniqueIds), read.MaxBytes));
    }

    [Fact]
    public void Raw_bytes_are_off_unless_they_are_allowed()
    {
        Assert.Null(Parse(ConfigText.Good).Chains[0].SignRawBytes);
        Assert.Null(Parse(ConfigText.With("key_format", "sign_raw_bytes = false\nkey_format")).Chains[0].SignRawBytes);
    }

    // Whoever moves here from Rust tmkms, which signs them unasked, would lose every proposal without a word.
    [Theory]
    [InlineData("celestia", "", true)]
    [InlineData("mocha-4", "", true)]
    [InlineData("celestia", "sign_raw_bytes = \"celestia\"\n", false)]
    [InlineData("celestia", "sign_raw_bytes = false\n", false)]
    [InlineData("test-2", "", false)]
    public void A_chain_of_Celestia_that_says_nothing_of_raw_bytes_is_warned_of(string chain, string key, bool warned)
    {
        var text = ConfigText.Good.Replace("test-1", chain, StringComparison.Ordinal).Replace("key_format", $"{key}key_format", StringComparison.Ordinal);
        Assert.Equal(warned, Parse(text).Warnings.Any(w => w.Line == 2 && w.Message.StartsWith($"chain {chain} has no sign_raw_bytes", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_chain_of_Celestia_without_a_section_is_warned_of()
    {
        var text = "[[validator]]\nchain_id = \"celestia\"\naddr = \"unix:///s\"\n[[providers.softsign]]\nchain_ids = [\"celestia\"]\npath = \"/k\"\n";
        Assert.Contains(Parse(text).Warnings, w => w.Message.StartsWith("chain celestia has no sign_raw_bytes", StringComparison.Ordinal));
    }

    [Fact]
    public void The_form_without_a_name_of_its_own_is_warned_of()
    {
        var warnings = Parse(ConfigText.With("key_format", "sign_raw_bytes = { form = \"cometbft\", max_bytes = 32 }\nkey_format")).Warnings;
        Assert.Equal((3, "sign_raw_bytes \"cometbft\": whoever controls"), (Assert.Single(warnings).Line, warnings[0].Message[..43]));
        Assert.Empty(Parse(ConfigText.With("key_format", "sign_raw_bytes = \"celestia\"\nkey_format")).Warnings);
    }

    [Fact]
    public void The_defaults_of_a_hook_and_of_the_limits()
    {
        var chain = Parse(ConfigText.With("key_format", "state_hook = { cmd = [\"height\"] }\nkey_format")).Chains[0];
        Assert.Equal((TimeSpan.FromSeconds(5), false), (chain.StateHook!.Timeout, chain.StateHook.FailClosed));
        Assert.Equal(["height"], chain.StateHook.Command);
        Assert.Equal((false, 100_000), (chain.AdoptFreshState, chain.MaxHeightJump));
        Assert.Equal((null, "test-1_priv_validator_state.json"), (chain.StateFile, chain.DefaultStateFile));
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("\"off\"", 0)]
    [InlineData("1", 1)]
    [InlineData("1_000_000_000_000", 1_000_000_000_000)]
    public void A_height_jump_is_a_number_or_off(string written, long heights)
    {
        var chain = Parse(ConfigText.With("key_format", $"fresh_state = \"adopt\"\nmax_height_jump = {written}\nkey_format")).Chains[0];
        Assert.Equal((true, heights), (chain.AdoptFreshState, chain.MaxHeightJump));
    }

    [Fact]
    public void The_file_name_of_a_state_stays_in_its_directory() =>
        Assert.Equal(".._x_priv_validator_state.json", Parse(ConfigText.Good.Replace("test-1\"", "../x\"", StringComparison.Ordinal)).Chains[0].DefaultStateFile);

    [Fact]
    public void A_home_directory_stands_in_a_hook_too() =>
        Assert.Equal(["/home/op/height", "~/x"], Parse(ConfigText.With("key_format", "state_hook.cmd = [\"~/height\", \"~/x\"]\nkey_format")).Chains[0].StateHook!.Command);

    [Theory]
    [InlineData("tcp://127.0.0.1:1", "tcp://127.0.0.1:1")]
    [InlineData("127.0.0.1:26658", "tcp://127.0.0.1:26658")]
    [InlineData("tcp://validator.example.com:26658", "tcp://validator.example.com:26658")]
    public void Addresses_are_those_of_tmkms(string written, string meant) =>
        Assert.Equal(meant, Parse(ConfigText.With("tcp://127.0.0.1:26658", written)).Validators[0].Options.Address.ToString());

    [Theory]
    [InlineData("v0.34")]
    [InlineData("v0.38")]
    [InlineData("v0.40")]
    [InlineData("v1.0")]
    [InlineData("v2.0")]
    public void Protocol_versions_from_0_34_on_are_accepted(string version) =>
        Assert.Equal(version, Parse(ConfigText.With("secret_key", $"protocol_version = \"{version}\"\nsecret_key")).Validators[0].ProtocolVersion);

    [Fact]
    public void One_node_may_be_served_for_two_chains_and_two_nodes_for_one()
    {
        var text = ConfigText.Good + """
            [[chain]]
            id = "test-2"
            key_format = { type = "hex" }
            [[providers.softsign]]
            chain_ids = ["test-2"]
            path = "/keys/test-1.key"
            [[validator]]
            chain_id = "test-2"
            addr = "tcp://127.0.0.1:26658"
            secret_key = "/keys/identity.key"
            [[validator]]
            chain_id = "test-1"
            addr = "tcp://127.0.0.1:26659"
            secret_key = "/keys/identity.key"
            """;
        Assert.Equal(3, Parse(text).Validators.Count);
    }

    [Fact]
    public void Files_that_cannot_be_read_are_a_sentence()
    {
        var directory = Directory.CreateTempSubdirectory("kms-config-");
        try
        {
            var path = Path.Combine(directory.FullName, "tmkms.toml");
            Assert.StartsWith($"{path}: does not exist", Refusal(path), StringComparison.Ordinal);
            Assert.Contains("is a directory", Refusal(directory.FullName), StringComparison.Ordinal);
            File.WriteAllBytes(path, [0xFF, 0xFE, 0x00]);
            Assert.Contains("is not valid UTF-8", Refusal(path), StringComparison.Ordinal);
            File.WriteAllText(path, new string('#', KmsConfigLoader.MaxBytes + 1));
            Assert.Contains("has 1048577 bytes", Refusal(path), StringComparison.Ordinal);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static string Refusal(string path)
    {
        var result = KmsConfigLoader.Load(path);
        Assert.Null(result.Config);
        return Assert.Single(result.Errors).ToString();
    }

    private static KmsConfig Parse(string text)
    {
        var result = KmsConfigLoader.Parse(text, "tmkms.toml", "/home/op");
        Assert.Empty(result.Errors);
        return result.Config!;
    }
}
