using System.Net;
using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Host.Config;

namespace Kms.Host.Tests.Config;

/// <summary>The providers of tmkms: all of their keys are read and checked, also where the provider itself is not there yet.</summary>
public sealed class ProviderTests
{
    private const string Yubi = """
        [[providers.yubihsm]]
        adapter = { type = "usb" }
        auth = { key = 1, password_file = "/p" }
        keys = [{ chain_ids = ["a"], key = 2 }]
        """;

    private const string Fortanix = """
        [[providers.fortanixdsm]]
        api_endpoint = "https://sdkms.fortanix.com"
        api_key = "hunter2"
        signing_keys = [{ chain_ids = ["a"], key_name = "n" }]
        """;

    private const string SoftSign = "[[providers.softsign]]\nchain_ids = [\"a\"]\npath = \"/k\"\n";

    private const string Ledger = "[[providers.ledger]]\nchain_ids = [\"a\"]\n";

    [Fact]
    public void Every_key_of_tmkms_0_15_is_read()
    {
        var config = Valid(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Files", "rust-tmkms-0.15.toml")));
        Assert.Equal(5, config.Chains.Count);
        Assert.Equal("/var/lib/tmkms/cosmoshub-4.json", config.Chains[0].StateFile);
        Assert.True(config.Chains[0].StateHook!.FailClosed);

        var hsm = Assert.Single(config.YubiHsms);
        Assert.Equal(new YubiHsmAdapter.Usb(TimeSpan.FromSeconds(2)), hsm.Adapter);
        Assert.Equal(new YubiHsmAuth(1, "/etc/tmkms/yubihsm-password", null), hsm.Auth);
        Assert.Equal([(1, KeyPurpose.Consensus), (2, KeyPurpose.Account)], hsm.Keys.Select(k => (k.Key, k.Purpose)));
        Assert.Equal([new ChainId("irishub-1")], hsm.Keys[1].Chains);
        Assert.Equal(("0123456789", new YubiHsmConnectorServer("127.0.0.1", 12345, new YubiHsmCli(2))), (hsm.SerialNumber, hsm.ConnectorServer!));

        Assert.Equal([new ChainId("agoric-3")], config.Ledger!.Chains);
        var dsm = Assert.Single(config.FortanixDsms);
        Assert.Equal((new Uri("https://sdkms.fortanix.com"), "bm90IGEga2V5"), (dsm.ApiEndpoint, dsm.ApiKey.Reveal()));
        Assert.Equal((Guid.Parse("72e9ed9e-9eb4-46bd-a135-e78ed9bfd611"), null, KeyPurpose.Consensus), (dsm.Keys[0].KeyId, dsm.Keys[0].KeyName, dsm.Keys[0].Purpose));
        Assert.Equal((null, "account key", KeyPurpose.Account), (dsm.Keys[1].KeyId, dsm.Keys[1].KeyName, dsm.Keys[1].Purpose));
        Assert.Equal("/etc/tmkms/priv_validator_key.json", Assert.Single(config.SoftSignKeys).Path);

        Assert.Equal(new LedgerTransportConfig.Hid(null), config.Ledger.Transport);
        Assert.Equal(
            "tmkms.toml:54:1: provider fortanixdsm is not part of this build yet: a chain can sign with [[providers.softsign]], [[providers.yubihsm]] "
            + "and [[providers.ledgertm]]",
            Assert.Single(config.MissingProviders).ToString());
        Assert.Contains(config.Warnings, w => w.Message.Contains("api_key is a secret that stands in this file", StringComparison.Ordinal));
        Assert.Contains(config.Warnings, w => w.Message.Contains("this account key is not used", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("tcp://127.0.0.1:9", "127.0.0.1:9", null)]
    [InlineData("localhost:9", "127.0.0.1:9", null)]
    [InlineData("tcp://127.8.8.8:9", "127.8.8.8:9", null)]
    [InlineData("tcp://[::1]:9", "[::1]:9", null)]
    [InlineData("tcp://0.0.0.0:9", "0.0.0.0:9", "other machines reach the YubiHSM through connector_server")]
    public void A_connector_server_listens_for_this_machine_unless_told_otherwise(string address, string listen, string? warning)
    {
        var allow = warning is null ? "" : ", allow_remote = true";
        var config = Valid(With(Yubi, "auth", $"connector_server = {{ laddr = \"{address}\"{allow} }}\nauth"));
        Assert.Equal(IPEndPoint.Parse(listen), Assert.Single(config.YubiHsms).ConnectorServer!.Listen);
        if (warning is null) Assert.Empty(config.Warnings);
        else Assert.Contains(warning, Assert.Single(config.Warnings).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_device_without_keys_is_not_opened_and_not_served()
    {
        var config = Valid(With(Yubi, "keys = [{ chain_ids = [\"a\"], key = 2 }]", "connector_server = { laddr = \"localhost:9\" }") + "\n" + SoftSign);
        Assert.Contains("connector_server does not listen either", Assert.Single(config.Warnings).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_rest_of_the_ways_to_write_a_provider()
    {
        foreach (var addr in new[] { "localhost:12345", "tcp://localhost:12345", "http://localhost:12345", "http://localhost:12345/" })
            Assert.Equal(new YubiHsmAdapter.Http("localhost", 12345, TimeSpan.FromSeconds(1)), Hsm(With(Yubi, "\"usb\"", $"\"http\", addr = \"{addr}\"")).Adapter);
        Assert.Equal(
            new YubiHsmAdapter.Http("::1", 1, TimeSpan.FromSeconds(3)), Hsm(With(Yubi, "\"usb\"", "\"http\", addr = \"http://[::1]:1\", timeout_ms = 3000")).Adapter);
        Assert.Equal("0000000007", Hsm(With(Yubi, "auth", "serial_number = \"7\"\nauth")).SerialNumber);
        Assert.Equal(new YubiHsmAdapter.Usb(TimeSpan.FromSeconds(1)), Hsm(With(Yubi, "", "")).Adapter);
        Assert.Equal(KeyAlgorithm.Secp256k1, Hsm(With(Yubi, "key = 2", "key = 2, algorithm = \"secp256k1\"")).Keys[0].Algorithm);
        Assert.Equal(KeyAlgorithm.Secp256k1, Hsm(With(Yubi, "key = 2", "key = 2, type = \"account\"")).Keys[0].Algorithm);
        var separate = With(Yubi, """keys = [{ chain_ids = ["a"], key = 2 }]""", "[[providers.yubihsm.keys]]\nchain_ids = [\"a\"]\nkey = 65535");
        Assert.Equal(65535, Assert.Single(Hsm(separate).Keys).Key);
        Assert.Equal(new Uri("https://h:8443"), Assert.Single(Valid(With(Fortanix, "https://sdkms.fortanix.com", "https://h:8443/")).FortanixDsms).ApiEndpoint);
    }

    [Fact]
    public void A_password_in_the_file_is_warned_of_and_never_printed()
    {
        var config = Valid(With(Yubi, "password_file = \"/p\"", "password = \"hunter2\""));
        Assert.Equal("hunter2", config.YubiHsms[0].Auth.Password!.Reveal());
        Assert.Contains("write it into a file of its own with mode 600 and name that with password_file", Assert.Single(config.Warnings).Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", config.ToString() + config.YubiHsms[0] + Valid(With(Fortanix, "", "")).FortanixDsms[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("password = \"hunter2\"", "password = hunter2")]
    [InlineData("password = \"hunter2\"", "password = \"hunter2")]
    [InlineData("password = \"hunter2\"", "password = \"hunter2\\x\"")]
    [InlineData("password = \"hunter2\"", "password = \"hunter2\", password = \"hunter2\"")]
    [InlineData("password = \"hunter2\"", "password = \"hunter2\" hunter2")]
    [InlineData("password = \"hunter2\"", "password = \"hunter2\"\n, hunter2")]
    [InlineData("password = \"hunter2\"", "password = [\"hunter2\"]")]
    [InlineData("password = \"hunter2\"", "pasword = \"hunter2\"")]
    public void No_mistake_makes_a_message_quote_a_secret(string old, string mistake)
    {
        var result = KmsConfigLoader.Parse(
            With(Yubi, "password_file = \"/p\"", "password = \"hunter2\"").Replace(old, mistake, StringComparison.Ordinal), "tmkms.toml", null);
        Assert.NotEmpty(result.Errors);
        Assert.All(result.Errors, e => Assert.DoesNotContain("hunter2", e.Message, StringComparison.Ordinal));
    }

    /// <summary>The provider, what is replaced by what, and a part of the sentence.</summary>
    public static TheoryData<string, string, string, string> Mistakes => new()
    {
        { Yubi, "adapter = { type = \"usb\" }\n", "", "[[providers.yubihsm]] needs adapter" },
        { Yubi, "{ type = \"usb\" }", "\"usb\"", "adapter must be a table, not a string" },
        { Yubi, "{ type = \"usb\" }", "{}", "adapter needs type" },
        { Yubi, "\"usb\"", "\"ubs\"", "type must be \"usb\" or \"http\", not \"ubs\": did you mean usb?" },
        { Yubi, "\"usb\"", "\"usb\", timeout_ms = 0", "timeout_ms must be 1 to 600000, not 0" },
        { Yubi, "\"usb\"", "\"usb\", addr = \"tcp://h:1\"", "unknown key addr in adapter" },
        { Yubi, "\"usb\"", "\"usb\", timeout = 5", "unknown key timeout in adapter: did you mean timeout_ms?" },
        { Yubi, "\"usb\"", "\"http\"", "adapter needs addr" },
        { Yubi, "\"usb\"", "\"http\", addr = \"unix:///x\"", "addr must be the host and port of a yubihsm-connector" },
        { Yubi, "\"usb\"", "\"http\", addr = \"http://127.0.0.1:1/x\"", "addr must be the host and port" },
        { Yubi, "auth = { key = 1, password_file = \"/p\" }\n", "", "[[providers.yubihsm]] needs auth" },
        { Yubi, "key = 1, ", "", "auth needs key" },
        { Yubi, "key = 1", "key = 0", "key must be 1 to 65535, not 0" },
        { Yubi, "key = 1", "key = 65536", "key must be 1 to 65535, not 65536" },
        { Yubi, ", password_file = \"/p\"", "", "auth needs either password_file or password" },
        { Yubi, "password_file", "password = \"p\", password_file", "auth needs either password_file or password" },
        { Yubi, "password_file", "password_fil", "unknown key password_fil in auth: did you mean password_file?" },
        { Yubi, "password_file = \"/p\"", "password = \"\"", "password is empty" },
        { Yubi, "\"/p\"", "\"\"", "password_file is empty" },
        { Yubi, "[{ chain_ids", "{ chain_ids", "TOML syntax" },
        { Yubi, "[{ chain_ids = [\"a\"], key = 2 }]", "[1]", "keys must be a list of tables: keys = [{ chain_ids" },
        { Yubi, ", key = 2", "", "keys needs key" },
        { Yubi, "chain_ids = [\"a\"], ", "", "keys needs chain_ids" },
        { Yubi, "key = 2", "key = \"2\"", "key must be a whole number, not a string" },
        { Yubi, "key = 2", "key = 2, typ = \"account\"", "unknown key typ in keys: did you mean type?" },
        { Yubi, "key = 2", "key = 2, type = \"validator\"", "type must be \"consensus\" or \"account\"" },
        { Yubi, "key = 2", "key = 2, type = \"account\", algorithm = \"ed25519\"", "algorithm \"ed25519\" is for consensus keys" },
        { Yubi, "auth", "serial_number = \"12345678901\"\nauth", "serial_number must have 10 digits" },
        { Yubi, "auth", "serial_number = 1\nauth", "serial_number must be a string in quotes, not a number" },
        { Yubi, "auth", "connector_server = {}\nauth", "connector_server needs laddr" },
        { Yubi, "auth", "connector_server = { laddr = \"x\" }\nauth", "laddr must be the host and port" },
        { Yubi, "auth", "connector_server = { laddr = \"127.0.0.1:1\", cli = { auth_key = -1 } }\nauth", "auth_key must be 1 to 65535" },
        { Yubi, "auth", "connector_server = { laddr = \"127.0.0.1:1\", cli = { authkey = 1 } }\nauth", "unknown key authkey in cli: did you mean auth_key?" },
        { Yubi, "auth", "connector_server = { laddr = \"h:1\" }\nauth", "laddr must name an IP address of this machine, or localhost, not h" },
        { Yubi, "auth", "connector_server = { laddr = \"0.0.0.0:1\" }\nauth", "with laddr 0.0.0.0 other machines could reach the YubiHSM and try passwords: write tcp://127.0.0.1:1" },
        { Yubi, "auth", "connector_server = { laddr = \"tcp://[::]:1\", allow_remote = false }\nauth", "with laddr :: other machines" },
        { Yubi, "auth", "connector_server = { laddr = \"::1\", allow_remot = false }\nauth", "did you mean allow_remote?" },
        { Yubi, "{ type = \"usb\" }", "{ type = \"http\", addr = \"127.0.0.1:5\" }\nconnector_server = { laddr = \"localhost:5\" }", "adapter leads to connector_server of line 7" },
        { Yubi, "{ type = \"usb\" }", "{ type = \"http\", addr = \"localhost:5\" }\nconnector_server = { laddr = \"[::1]:5\" }", "this program's own" },
        { Ledger, "chain_ids = [\"a\"]", "", "[[providers.ledger]] needs chain_ids" },
        { Ledger, "chain_ids = [\"a\"]", "chain_ids = [\"a\"]\ntransport = \"usb\"", "transport must be the address of an emulator, such as \"tcp://127.0.0.1:9999\", or \"hid\"" },
        { Ledger, "chain_ids = [\"a\"]", "chain_ids = [\"a\"]\ntransport = \"tcp://127.0.0.1\"", "transport must be the address" },
        { Ledger, "chain_ids = [\"a\"]", "chain_ids = [\"a\"]\ntransport = 1", "transport must be a string in quotes" },
        { Ledger, "chain_ids = [\"a\"]", "chain_ids = [\"a\"]\npath = \"\"", "path is empty: write the port that `tmkms ledger detect` prints" },
        { Ledger, "chain_ids = [\"a\"]", "chain_ids = [\"a\"]\npath = \"/dev/\\u0000\"", "path has a control character: write the port" },
        { Ledger, "chain_ids = [\"a\"]", "chain_ids = [\"a\"]\ntransport = \"tcp://h:1\"\npath = \"p\"", "path chooses among Ledgers on USB" },
        { Ledger, "chain_ids = [\"a\"]", "chain_ids = [\"a\"]\ntrnsport = \"hid\"", "unknown key trnsport in [[providers.ledger]]: did you mean transport?" },
        { SoftSign, "path", "algorithm = \"secp256\"\npath", "algorithm must be \"ed25519\" or \"secp256k1\", not \"secp256\": did you mean secp256k1?" },
        { SoftSign, "path", "algoritm = \"secp256k1\"\npath", "unknown key algoritm in [[providers.softsign]]: did you mean algorithm?" },
        { SoftSign, "path", "key_type = \"account\"\nalgorithm = \"ed25519\"\npath", "algorithm \"ed25519\" is for consensus keys: an account key is secp256k1" },
        { SoftSign, "path", "key_type = \"account\"\nkey_format = \"json\"\npath", "an account key is a file of base64" },
        { Ledger, "chain_ids = [\"a\"]", "chain_ids = [\"a\"]\n[[providers.ledgertm]]\nchain_ids = [\"b\"]", "is there twice" },
        { Fortanix, "https://sdkms", "http://sdkms", "api_endpoint must be an https:// address without user, path and query" },
        { Fortanix, "fortanix.com", "fortanix.com/v1", "api_endpoint must be" },
        { Fortanix, "fortanix.com", "fortanix.com?x=1", "api_endpoint must be" },
        { Fortanix, "https://", "https:", "api_endpoint must be" },
        { Fortanix, "https://", "https://user:pass@", "api_endpoint must be" },
        { Fortanix, "api_key = \"hunter2\"\n", "", "[[providers.fortanixdsm]] needs api_key" },
        { Fortanix, "\"hunter2\"", "\"\"", "api_key is empty" },
        { Fortanix, "key_name = \"n\"", "key_id = \"7\"", "key_id must be a UUID" },
        { Fortanix, ", key_name = \"n\"", "", "named by either key_id (a UUID) or key_name" },
        { Fortanix, "key_name = \"n\"", "key_name = \"n\", key_id = \"72e9ed9e-9eb4-46bd-a135-e78ed9bfd611\"", "named by either key_id" },
        { Fortanix, "key_name", "keyname", "unknown key keyname in signing_keys: did you mean key_name?" },
        { Fortanix, "\"n\"", "\"\"", "key_name is empty" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void A_mistake_is_an_error_in_the_providers_section(string provider, string old, string @new, string sentence)
    {
        var result = KmsConfigLoader.Parse(With(provider, old, @new), "tmkms.toml", null);
        Assert.Null(result.Config);
        var error = Assert.Single(result.Errors, e => e.Message.Contains(sentence, StringComparison.Ordinal));
        Assert.InRange(error.Line, 7, 14);
        Assert.All(result.Errors, e => Assert.DoesNotContain("hunter2", e.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(Yubi, Ledger)]
    [InlineData(Ledger, Fortanix)]
    [InlineData(Yubi, "[[providers.softsign]]\nchain_ids = [\"a\"]\npath = \"/k\"\n")]
    public void Two_providers_with_a_key_for_one_chain_are_an_error_with_both_lines(string one, string other)
    {
        var result = KmsConfigLoader.Parse(With(one, "", "") + "\n" + other, "tmkms.toml", null);
        var error = Assert.Single(result.Errors);
        Assert.Matches("^chain a has two consensus keys \\(the first at line [0-9]+\\): keep one$", error.Message);
        Assert.Contains("\"a\"", (With(one, "", "") + "\n" + other).Split('\n')[error.Line - 1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", null, null)]
    [InlineData("transport = \"hid\"\npath = \"usb-0000:00:14.0-2\"", null, "usb-0000:00:14.0-2")]
    [InlineData("path = \"/dev/ledger\"", null, "/dev/ledger")]
    [InlineData("transport = \"tcp://127.0.0.1:9999\"", "tcp://127.0.0.1:9999", null)]
    public void A_ledger_is_reached_by_usb_unless_told_otherwise(string lines, string? address, string? path)
    {
        LedgerTransportConfig expected = address is null ? new LedgerTransportConfig.Hid(path) : new LedgerTransportConfig.Tcp(address);
        Assert.Equal(expected, Valid(With(Ledger, "", "") + lines).Ledger!.Transport);
    }

    [Theory]
    [InlineData("sign_extensions = true", "the Ledger of chain a cannot sign vote extensions")]
    [InlineData("sign_raw_bytes = \"celestia\"", "the Ledger of chain a cannot sign raw bytes")]
    public void What_a_ledger_cannot_sign_is_an_error_where_it_is_asked_for(string line, string sentence)
    {
        var text = With(Ledger, "", "").Replace("[[chain]]\n", $"[[chain]]\n{line}\n", StringComparison.Ordinal);
        var error = Assert.Single(KmsConfigLoader.Parse(text, "tmkms.toml", null).Errors);
        Assert.StartsWith(sentence, error.Message, StringComparison.Ordinal);
        Assert.Equal(line.Split(' ')[0], text.Split('\n')[error.Line - 1].Split(' ')[0]);
    }

    [Fact]
    public void A_ledger_for_several_chains_and_a_long_chain_id_are_warned_of()
    {
        var config = Valid("[[chain]]\nid = \"chain-of-16-byte\"\nkey_format = { type = \"hex\" }\n" + With(Ledger, "[\"a\"]", "[\"a\", \"chain-of-16-byte\"]"));
        Assert.Equal(2, config.Warnings.Count);
        Assert.Contains(config.Warnings, w => w.Message.StartsWith("the Ledger app has one height, round and step for all chains", StringComparison.Ordinal));
        Assert.Contains(config.Warnings, w => w.Message.StartsWith("chain chain-of-16-byte: its id has 16 bytes", StringComparison.Ordinal));
    }

    [Fact]
    public void A_chain_that_a_ledger_names_twice_is_a_mistake_and_not_several_chains()
    {
        var result = KmsConfigLoader.Parse(With(Ledger, "[\"a\"]", "[\"a\", \"a\"]"), "tmkms.toml", null);
        Assert.StartsWith("chain a has two consensus keys", Assert.Single(result.Errors).Message, StringComparison.Ordinal);
        Assert.Empty(result.Warnings);
    }

    [Fact]
    public void Two_yubihsms_may_hold_the_key_of_one_chain_and_the_first_in_the_file_is_the_first()
    {
        var config = Valid(With(OnUsb("2"), "", "") + "\n" + OnUsb("1"));
        Assert.Equal(["0000000002", "0000000001"], config.YubiHsms.Select(hsm => hsm.SerialNumber));
        var overHttp = OnUsb("1").Replace("\"usb\"", "\"http\", addr = \"h:1\"", StringComparison.Ordinal);
        Assert.Equal(2, Valid(With(Yubi, "", "") + "\n" + overHttp).YubiHsms.Count);
    }

    [Theory]
    [InlineData("", "", 0, "chain a has two consensus keys")]
    [InlineData("\"usb\"", "\"usb\"", 1, "this is the YubiHSM of line 7 again")]
    [InlineData("serial_number = \"7\"\n", "", 1, "there are several YubiHSMs on USB: name this one with serial_number")]
    [InlineData("\"usb\"", "\"http\", addr = \"h:1\"", 2, "this is the YubiHSM of line 7 again")]
    public void Two_sections_of_yubihsm_are_two_devices(string old, string @new, int which, string sentence)
    {
        var second = which == 0 ? OnUsb("8").Replace("key = 2 }", "key = 2 }, { chain_ids = [\"a\"], key = 3 }", StringComparison.Ordinal)
            : OnUsb("7").Replace(old, @new, StringComparison.Ordinal);
        var first = which == 2 ? OnUsb("7").Replace(old, @new, StringComparison.Ordinal) : OnUsb("7");
        var result = KmsConfigLoader.Parse(With(first, "", "") + "\n" + second, "tmkms.toml", null);
        Assert.NotEmpty(result.Errors);
        Assert.All(result.Errors, e => Assert.Contains(sentence, e.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", KeyPurpose.Consensus, KeyAlgorithm.Ed25519)]
    [InlineData("algorithm = \"ed25519\"", KeyPurpose.Consensus, KeyAlgorithm.Ed25519)]
    [InlineData("algorithm = \"secp256k1\"", KeyPurpose.Consensus, KeyAlgorithm.Secp256k1)]
    [InlineData("key_type = \"consensus\"\nkey_format = \"json\"\nalgorithm = \"secp256k1\"", KeyPurpose.Consensus, KeyAlgorithm.Secp256k1)]
    [InlineData("key_type = \"account\"", KeyPurpose.Account, KeyAlgorithm.Secp256k1)]
    [InlineData("key_type = \"account\"\nalgorithm = \"secp256k1\"", KeyPurpose.Account, KeyAlgorithm.Secp256k1)]
    public void The_algorithm_of_a_softsign_key(string lines, KeyPurpose purpose, KeyAlgorithm algorithm)
    {
        var key = Assert.Single(Valid(With(SoftSign, "path", $"{lines}\npath")).SoftSignKeys);
        Assert.Equal((purpose, algorithm), (key.Purpose, key.Algorithm));
    }

    [Fact]
    public void An_account_key_signs_for_the_chains_without_a_consensus_key_and_for_no_others()
    {
        var config = Valid("[[chain]]\nid = \"b\"\nkey_format = { type = \"hex\" }\n" + With(SoftSign, "", "")
            + "[[providers.softsign]]\nchain_ids = [\"a\", \"b\"]\nkey_type = \"account\"\npath = \"/account\"\n");
        Assert.Equal([("/k", "a"), ("/account", "b")], config.SoftSignKeys.Select(k => (k.Path, Assert.Single(k.Chains).ToString())));
        Assert.Empty(config.MissingProviders);
        Assert.StartsWith("this account key is not used for a, which has a consensus key", Assert.Single(config.Warnings).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_keys_are_in_the_order_of_the_file()
    {
        var account = "[[providers.softsign]]\nchain_ids = [\"b\"]\nkey_type = \"account\"\npath = \"/account\"\n";
        var config = Valid(account + "[[chain]]\nid = \"b\"\nkey_format = { type = \"hex\" }\n" + With(SoftSign, "", ""));
        Assert.Equal(["/account", "/k"], config.SoftSignKeys.Select(k => k.Path));
    }

    [Fact]
    public void A_misspelt_syntax_elsewhere_is_shown() =>
        Assert.DoesNotContain("not shown", Assert.Single(KmsConfigLoader.Parse("x = = 1\n", "t", null).Errors).Message, StringComparison.Ordinal);

    // The provider begins at line 7.
    private static string With(string provider, string old, string @new)
    {
        Assert.Contains(old, provider, StringComparison.Ordinal);
        var at = provider.IndexOf(old, StringComparison.Ordinal);
        return "[[chain]]\nid = \"a\"\nkey_format = { type = \"hex\" }\n[[validator]]\nchain_id = \"a\"\naddr = \"unix:///s\"\n"
            + string.Concat(provider.AsSpan(0, at), @new, provider.AsSpan(at + old.Length));
    }

    private static string OnUsb(string serial) => $"{Yubi}\nserial_number = \"{serial}\"\n";

    private static YubiHsmConfig Hsm(string text) => Assert.Single(Valid(text).YubiHsms);

    private static KmsConfig Valid(string text)
    {
        var result = KmsConfigLoader.Parse(text, "tmkms.toml", null);
        Assert.Empty(result.Errors);
        return result.Config!;
    }
}
