using Kms.Host.Composition;
using Kms.Host.Config;
using Kms.Host.Tests.Config;

namespace Kms.Host.Tests.Composition;

/// <summary>From one text to another. Line numbers count in <see cref="ConfigText.Good"/>.</summary>
public sealed class ReloadPlanTests
{
    private const string SecondValidator = """
        [[validator]]
        chain_id = "test-1"
        addr = "tcp://127.0.0.1:26659"
        secret_key = "/keys/identity.key"

        """;

    private const string SecondChain = """
        [[chain]]
        id = "test-2"
        key_format = { type = "hex" }

        """;

    private const string Yubi = """
        [[providers.yubihsm]]
        adapter = { type = "usb" }
        auth = { key = 1, password_file = "/p" }
        keys = [{ chain_ids = ["test-2"], key = 2 }]

        """;

    private const string SecondKey = """
        [[providers.softsign]]
        chain_ids = ["test-2"]
        path = "/keys/test-2.key"

        """;

    [Fact]
    public void A_device_needs_a_restart()
    {
        var before = ConfigText.Good + SecondChain + Yubi;
        Assert.True(ReloadPlan.Between(Parse(before), Parse("\n" + before)).IsEmpty);
        var after = before.Replace("key = 2", "key = 3", StringComparison.Ordinal);
        Assert.Equal(["[[providers.yubihsm]] changed, which takes effect only at a restart"], ReloadPlan.Between(Parse(before), Parse(after)).NeedsRestart);
        Assert.Single(ReloadPlan.Between(Parse(ConfigText.Good), Parse(before)).NeedsRestart);
    }

    [Fact]
    public void A_ledger_needs_a_restart()
    {
        var before = ConfigText.Good + SecondChain + "[[providers.ledgertm]]\nchain_ids = [\"test-2\"]\n";
        Assert.True(ReloadPlan.Between(Parse(before), Parse("\n" + before)).IsEmpty);
        var restart = ReloadPlan.Between(Parse(before), Parse(before + "path = \"usb-1\"\n")).NeedsRestart;
        Assert.Equal(["[[providers.ledgertm]] changed, which takes effect only at a restart"], restart);
    }

    [Theory]
    [InlineData(ConfigText.Good)]
    [InlineData("# a comment moves every line\n\n" + ConfigText.Good)]
    public void The_same_said_elsewhere_is_no_change(string after)
    {
        var plan = ReloadPlan.Between(Parse(ConfigText.Good), Parse(after));
        Assert.True(plan.IsEmpty);
        Assert.Empty(plan.Describe());
    }

    [Fact]
    public void A_hook_with_the_same_words_is_the_same_hook()
    {
        var text = ConfigText.With("key_format", "state_hook = { cmd = [\"height\", \"--chain\"] }\nkey_format");
        Assert.True(ReloadPlan.Between(Parse(text), Parse(text)).IsEmpty);
        Assert.Equal(
            ["line 1: state_hook of chain test-1 changed, which takes effect only at a restart"],
            ReloadPlan.Between(Parse(text), Parse(text.Replace("--chain", "--other", StringComparison.Ordinal))).NeedsRestart);
    }

    [Fact]
    public void Validators_come_and_go()
    {
        var (one, two) = (Parse(ConfigText.Good), Parse(ConfigText.Good + SecondValidator));
        Assert.Equal(["validator test-1@tcp://127.0.0.1:26659 added"], Done(one, two));
        Assert.Equal(["validator test-1@tcp://127.0.0.1:26659 removed"], Done(two, one));
        Assert.Single(ReloadPlan.Between(one, two).AddValidators);
        Assert.Empty(ReloadPlan.Between(one, two).RemoveValidators);
    }

    [Theory]
    [InlineData("secret_key = \"/keys/identity.key\"", "secret_key = \"/keys/new.key\"", "secret_key")]
    [InlineData("addr =", "max_height = 7\naddr =", "max_height")]
    [InlineData("addr =", "timeout = 7\nreconnect = false\naddr =", "timeout, reconnect")]
    public void A_changed_validator_is_stopped_and_started(string old, string @new, string what)
    {
        var (before, after) = (Parse(ConfigText.Good), Parse(ConfigText.With(old, @new)));
        var plan = ReloadPlan.Between(before, after);
        Assert.Equal(before.Validators, plan.RemoveValidators);
        Assert.Equal(after.Validators, plan.AddValidators);
        Assert.Equal([$"validator test-1@tcp://127.0.0.1:26658 changed ({what})"], plan.Describe());
    }

    [Fact]
    public void A_chain_comes_and_goes_with_its_key()
    {
        var (one, two) = (Parse(ConfigText.Good), Parse(SecondChain + SecondKey + ConfigText.Good));
        var plan = ReloadPlan.Between(one, two);
        Assert.Equal("/keys/test-2.key", Assert.Single(plan.AddKeys).Path);
        Assert.Equal(["chain test-2 added"], Done(one, two));
        Assert.Equal(["chain test-2 removed"], Done(two, one));
        Assert.Empty(ReloadPlan.Between(two, one).AddKeys);
    }

    [Fact]
    public void A_new_chain_of_a_key_that_signs_already_opens_it_for_the_new_chain_alone()
    {
        var after = Parse(SecondChain + ConfigText.With("chain_ids = [\"test-1\"]", "chain_ids = [\"test-1\", \"test-2\"]"));
        var plan = ReloadPlan.Between(Parse(ConfigText.Good), after);
        Assert.Empty(plan.NeedsRestart);
        Assert.Equal(["test-2"], Assert.Single(plan.AddKeys).Chains.Select(c => c.ToString()));
    }

    [Theory]
    [InlineData("key_format = { type = \"hex\" }", "key_format = { type = \"cosmos-json\" }", "line 1: key_format of chain test-1")]
    [InlineData("key_format", "sign_extensions = false\nblock_rule = \"same-block-per-round\"\nkey_format", "line 1: sign_extensions, block_rule of chain test-1")]
    [InlineData("key_format", "sign_raw_bytes = \"celestia\"\nkey_format", "line 1: sign_raw_bytes of chain test-1")]
    [InlineData("/keys/test-1.key", "/keys/other.key", "line 5: the consensus key of chain test-1")]
    [InlineData("path =", "key_format = \"json\"\npath =", "line 5: the consensus key of chain test-1")]
    public void What_a_chain_is_made_of_needs_a_restart(string old, string @new, string expected)
    {
        var plan = ReloadPlan.Between(Parse(ConfigText.Good), Parse(ConfigText.With(old, @new) + SecondValidator));
        Assert.Equal([$"{expected} changed, which takes effect only at a restart"], plan.NeedsRestart);
    }

    [Theory]
    [InlineData("\"celestia\"", "{ form = \"celestia\" }", false)]
    [InlineData("{ form = \"celestia\", unique_ids = [\"a\", \"b\"] }", "{ form = \"celestia\", unique_ids = [\"a\", \"b\"] }", false)]
    [InlineData("{ form = \"celestia\", unique_ids = [\"a\", \"b\"] }", "{ form = \"celestia\", unique_ids = [\"a\", \"c\"] }", true)]
    [InlineData("{ form = \"celestia\", max_bytes = 1 }", "{ form = \"celestia\", max_bytes = 2 }", true)]
    [InlineData("false", "\"cometbft\"", true)]
    public void Which_raw_bytes_are_signed_is_compared_by_what_it_says(string before, string after, bool changed)
    {
        var plan = ReloadPlan.Between(Parse(With(before)), Parse(With(after)));
        Assert.Equal(changed ? ["line 1: sign_raw_bytes of chain test-1 changed, which takes effect only at a restart"] : [], plan.NeedsRestart);

        static string With(string value) => ConfigText.With("key_format", $"sign_raw_bytes = {value}\nkey_format");
    }

    private static IEnumerable<string> Done(KmsConfig old, KmsConfig @new)
    {
        var plan = ReloadPlan.Between(old, @new);
        Assert.Empty(plan.NeedsRestart);
        return plan.Describe();
    }

    private static KmsConfig Parse(string text)
    {
        var result = KmsConfigLoader.Parse(text, "tmkms.toml", "/home");
        Assert.True(result.IsValid, string.Join('\n', result.Errors));
        return result.Config;
    }
}
