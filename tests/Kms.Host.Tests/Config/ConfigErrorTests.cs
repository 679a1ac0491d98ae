using Kms.Host.Config;

namespace Kms.Host.Tests.Config;

public sealed class ConfigErrorTests
{
    private const string Peer = "12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA";

    /// <summary>What is replaced in the good text by what, the line where the error must stand, and a part of its sentence.</summary>
    public static TheoryData<string, string, int, string> Mistakes => new()
    {
        // syntax
        { "id = \"test-1\"", "id = test-1", 2, "TOML syntax" },
        { "[[chain]]", "[[chain]", 1, "TOML syntax" },
        { "chain_id = \"test-1\"", "chain_id = \"test-1", 10, "TOML syntax" },
        { "id = \"test-1\"\n", "id = \"test-1\"\nid = \"test-1\"\n", 3, "The key `chain.id` is already defined at (2,1)" },

        // unknown keys
        { "[[chain]]", "bogus = 1\n[[chain]]", 1, "unknown key bogus in tmkms.toml (known: chain, providers, validator)" },
        { "[[chain]]", "[[chains]]", 1, "unknown key chains in tmkms.toml: did you mean chain?" },
        {
            "id = \"test-1\"\n", "id = \"test-1\"\nsign_extension = true\n", 3,
            "unknown key sign_extension in [[chain]]: did you mean sign_extensions?"
        },
        { "secret_key", "secretkey = \"\"\nsecret_key", 12, "unknown key secretkey in [[validator]]: did you mean secret_key?" },
        { "path =", "pass = 1\npath =", 7, "unknown key pass in [[providers.softsign]]: did you mean path?" },
        { "type = \"hex\"", "type = \"hex\", x = 1", 3, "unknown key x in key_format (known: type)" },
        { "[[providers.softsign]]", "[[providers.softsing]]", 5, "unknown key softsing in providers: did you mean softsign?" },

        // types
        { "id = \"test-1\"\n", "id = 1\n", 2, "id must be a string in quotes, not a number" },
        { "secret_key", "reconnect = \"yes\"\nsecret_key", 12, "reconnect must be true or false, not a string" },
        { "secret_key", "timeout = \"10\"\nsecret_key", 12, "timeout must be a whole number, not a string" },
        { "secret_key", "timeout = 1.5\nsecret_key", 12, "timeout must be a whole number, not a fraction" },
        { "secret_key", "timeout = 1979-05-27\nsecret_key", 12, "timeout must be a whole number, not a date" },
        { "[\"test-1\"]", "\"test-1\"", 6, "chain_ids must be a list of strings" },
        { "[\"test-1\"]", "[1]", 6, "chain_ids must be a list of strings" },
        { "[\"test-1\"]", "[]", 6, "chain_ids is empty" },
        { "{ type = \"hex\" }", "\"hex\"", 3, "key_format must be a table, not a string" },
        { "[[validator]]", "[validator]", 9, "validator must be written as [[validator]] sections" },

        // missing
        { "id = \"test-1\"\nkey", "key", 1, "[[chain]] needs id" },
        { "key_format = { type = \"hex\" }", "", 1, "[[chain]] needs key_format" },
        { "type = \"hex\"", "", 3, "key_format needs type" },
        { "chain_id = \"test-1\"\n", "", 9, "[[validator]] needs chain_id" },
        { "addr = \"tcp://127.0.0.1:26658\"", "", 9, "[[validator]] needs addr" },
        { "secret_key = \"/keys/identity.key\"", "", 9, "needs secret_key for a tcp:// address" },
        { "path = \"/keys/test-1.key\"", "", 5, "[[providers.softsign]] needs path" },
        { "chain_ids = [\"test-1\"]", "", 5, "[[providers.softsign]] needs chain_ids" },

        // values of [[chain]]
        { "id = \"test-1\"\n", "id = \"\"\n", 2, "is not a chain id" },
        { "id = \"test-1\"\n", "id = \"x y\"\n", 2, "is not a chain id" },
        { "id = \"test-1\"\n", $"id = \"{new string('x', 51)}\"\n", 2, "is not a chain id" },
        { "\"hex\"", "\"hexx\"", 3, "type must be \"bech32\", \"cosmos-json\" or \"hex\", not \"hexx\": did you mean hex?" },
        { "type = \"hex\"", "type = \"bech32\", account_key_prefix = \"a\"", 3, "key_format needs consensus_key_prefix" },
        { "type = \"hex\"", "type = \"bech32\", account_key_prefix = \"a\", consensus_key_prefix = \"A\"", 3, "must be 1 to 83 lower-case" },
        { "id = \"test-1\"\n", "id = \"test-1\"\nsign_extensions = \"yes\"\n", 3, "sign_extensions must be true, false or \"auto\"" },
        { "id = \"test-1\"\n", "id = \"test-1\"\nblock_rule = \"tmkms\"\n", 3, "block_rule must be \"spec\" or \"same-block-per-round\"" },
        { "id = \"test-1\"\n", "id = \"test-1\"\nstate_file = 1\n", 3, "state_file must be a string" },
        { "id = \"test-1\"\n", "id = \"test-1\"\nstate_hook = { timeout_secs = 5 }\n", 3, "state_hook needs cmd" },
        { "id = \"test-1\"\n", "id = \"test-1\"\nstate_hook = { cmd = [\"\"] }\n", 3, "cmd begins with an empty string" },
        { "id = \"test-1\"\n", "id = \"test-1\"\nstate_hook = { cmd = [\"x\"], timeout_secs = 0 }\n", 3, "timeout_secs must be 1 to 60" },
        { "id = \"test-1\"\n", "id = \"test-1\"\nstate_hook = { cmd = [\"x\"], fail_close = true }\n", 3, "did you mean fail_closed?" },

        { "id = \"test-1\"\n", "id = \"test-1\"\nstate_hook = { cmd = [\"x\"], timeout_secs = 61 }\n", 3, "timeout_secs must be 1 to 60, not 61" },
        { "id = \"test-1\"\n", "id = \"test-1\"\nstate_file = \"\"\n", 3, "state_file is empty" },
        { "id = \"test-1\"\n", "id = \"te\u202est-1\"\n", 2, "\"te?st-1\" is not a chain id" },
        { "id = \"test-1\"\n", "id = \"test-1\"\nfresh_state = \"adpt\"\n", 3, "fresh_state must be \"refuse\" or \"adopt\", not \"adpt\": did you mean adopt?" },
        { "id = \"test-1\"\n", "id = \"test-1\"\nmax_height_jump = -1\n", 3, "max_height_jump must be a number of heights from 1 to 1000000000000" },
        { "id = \"test-1\"\n", "id = \"test-1\"\nmax_height_jump = 1000000000001\n", 3, "or \"off\" (or 0) for no limit" },
        { "id = \"test-1\"\n", "id = \"test-1\"\nmax_height_jump = \"none\"\n", 3, "max_height_jump must be" },
        { "id = \"test-1\"\n", "id = \"test-1\"\nmax_height_jmp = 5\n", 3, "did you mean max_height_jump?" },

        { "id = \"test-1\"\n", "id = \"test-1\"\nsign_raw_bytes = true\n", 3, "sign_raw_bytes must be \"celestia\", \"cometbft\", a table such as { form" },
        { "id = \"test-1\"\n", "id = \"test-1\"\nsign_raw_bytes = \"celestial\"\n", 3, "sign_raw_bytes must be" },
        { "id = \"test-1\"\n", "id = \"test-1\"\nsign_raw_bytes = {}\n", 3, "sign_raw_bytes needs form" },
        { "id = \"test-1\"\n", "id = \"test-1\"\nsign_raw_bytes = { form = \"comet\" }\n", 3, "form must be \"celestia\" or \"cometbft\", not \"comet\"" },
        { "id = \"test-1\"\n", "id = \"test-1\"\nsign_raw_bytes = { form = \"celestia\", unique_id = [\"x\"] }\n", 3, "did you mean unique_ids?" },
        { "id = \"test-1\"\n", "id = \"test-1\"\nsign_raw_bytes = { form = \"celestia\", unique_ids = [] }\n", 3, "unique_ids is empty" },
        { "id = \"test-1\"\n", "id = \"test-1\"\nsign_raw_bytes = { form = \"celestia\", unique_ids = [\"\"] }\n", 3, "an empty text in unique_ids allows every unique id" },
        { "id = \"test-1\"\n", "id = \"test-1\"\nsign_raw_bytes = { form = \"cometbft\", unique_ids = [\"x\"] }\n", 3, "unique_ids is Celestia's" },
        { "id = \"test-1\"\n", "id = \"test-1\"\nsign_raw_bytes = { form = \"celestia\", max_bytes = 0 }\n", 3, "max_bytes must be 1 to 1048576, not 0" },
        { "id = \"test-1\"\n", "id = \"test-1\"\nsign_raw_bytes = { form = \"celestia\", max_bytes = 1048577 }\n", 3, "max_bytes must be 1 to 1048576" },

        // values of [[validator]]
        { "tcp://127.0.0.1:26658", "http://127.0.0.1:26658", 11, "invalid address scheme" },
        { "tcp://127.0.0.1:26658", "tcp://127.0.0.1", 11, "a port is missing" },
        { "tcp://127.0.0.1:26658", "tcp://zzzz@127.0.0.1:26658", 11, "a peer id has 40 hexadecimal digits" },
        { "tcp://127.0.0.1:26658", "noise://127.0.0.1:26658", 11, "the node's peer id is missing (use noise://peerid@host:port)" },
        { "tcp://127.0.0.1:26658", $"noise://{new string('0', 40)}@127.0.0.1:26658", 11, "this is a node id; noise:// takes the peer id" },
        { "addr = \"tcp://127.0.0.1:26658\"\nsecret_key = \"/keys/identity.key\"", $"addr = \"noise://{Peer}@127.0.0.1:26658\"", 9, "needs secret_key for a noise:// address" },
        { "tcp://127.0.0.1:26658", "unix://", 11, "a Unix socket address needs a path" },
        { "secret_key", "timeout = 0\nsecret_key", 12, "timeout must be 1 to 65535, not 0" },
        { "secret_key", "max_height = 0\nsecret_key", 12, "max_height must be a block height" },
        { "secret_key", "max_height = \"-5\"\nsecret_key", 12, "max_height must be a block height" },
        { "secret_key", "max_height = true\nsecret_key", 12, "max_height must be a block height" },
        { "secret_key", "protocol_version = \"v0.33\"\nsecret_key", 12, "is amino, which no node since Tendermint 0.34 speaks" },
        { "secret_key", "protocol_version = \"legacy\"\nsecret_key", 12, "is amino" },
        { "secret_key", "protocol_version = \"v9\"\nsecret_key", 12, "protocol_version must be one of v0.34" },
        { "\"/keys/identity.key\"", "\"\"", 12, "secret_key is empty" },

        // values of [providers]
        { "path =", "key_type = \"account\"\nkey_format = \"json\"\npath =", 8, "key_format \"json\" is for consensus keys" },
        { "path =", "key_type = \"validator\"\npath =", 7, "key_type must be \"consensus\" or \"account\"" },
        { "path =", "key_format = \"raw\"\npath =", 7, "key_format must be \"base64\" or \"json\"" },
        { "[[providers.softsign]]", "[[providers.ledgr]]", 5, "unknown key ledgr in providers: did you mean ledger?" },

        // across sections
        {
            "[[providers", "[[chain]]\nid = \"test-1\"\nkey_format = { type = \"hex\" }\n[[providers", 6,
            "chain ID already registered: test-1 (first at line 2)"
        },
        { "chain_id = \"test-1\"", "chain_id = \"test-2\"", 10, "unregistered chain: test-2 (add it to tmkms.toml's [[chain]] section)" },
        { "[\"test-1\"]", "[\"test-1\", \"other\"]", 6, "unregistered chain: other (add it to tmkms.toml's [[chain]] section)" },
        { "[[providers", "[[chain]]\nid = \"lonely\"\nkey_format = { type = \"hex\" }\n[[providers", 6, "chain lonely has no key" },
        { "[\"test-1\"]", "[\"test-1\", \"test-1\"]", 6, "chain test-1 has two consensus keys" },
        {
            "[[validator]]", "[[providers.softsign]]\nchain_ids = [\"test-1\"]\npath = \"/b\"\n[[validator]]", 10,
            "two consensus keys (the first at line 6)"
        },
        {
            "[[validator]]", "[[validator]]\naddr = \"tcp://127.0.0.1:26658\"\nchain_id = \"test-1\"\nsecret_key = \"/k\"\n[[validator]]", 15,
            "test-1@tcp://127.0.0.1:26658 is configured twice (first at line 10)"
        },
    };

    [Theory]
    [InlineData("a = \"\\")]
    [InlineData("a = \"\"\"\\")]
    [InlineData("\"\\")]
    public void A_file_that_ends_after_a_backslash_is_refused(string text)
    {
        var error = Assert.Single(KmsConfigLoader.Parse(text, "tmkms.toml", null).Errors);

        Assert.Equal("tmkms.toml: TOML syntax: the file ends with a backslash inside a string: its last line is cut off", error.ToString());
    }

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void A_mistake_is_one_error_at_its_line(string old, string @new, int line, string sentence)
    {
        var result = KmsConfigLoader.Parse(ConfigText.With(old, @new), "tmkms.toml", "/home/op");
        Assert.Null(result.Config);
        var error = result.Errors[0];
        Assert.Contains(sentence, error.Message, StringComparison.Ordinal);
        Assert.Equal(line, error.Line);
        Assert.True(error.Column >= 1);
        // A misspelt section takes its chain with it, an open quote the lines behind it; no other mistake may bring others along.
        if (@new != "[[chains]]" && !sentence.StartsWith("TOML", StringComparison.Ordinal)) Assert.Single(result.Errors);
    }

    [Fact]
    public void All_mistakes_are_reported_at_once_in_the_order_of_the_file()
    {
        var text = ConfigText.With("\"hex\"", "\"hax\"").Replace("path =", "pth =", StringComparison.Ordinal)
            .Replace(":26658", "", StringComparison.Ordinal).Replace("\nsecret_key", "\ntimeout = 0\nsecret_key", StringComparison.Ordinal);
        var result = KmsConfigLoader.Parse(text, "tmkms.toml", "/home/op");
        Assert.Equal([3, 5, 7, 11, 12], result.Errors.Select(e => e.Line));
        Assert.StartsWith("tmkms.toml:3:23: type must be", result.Errors[0].ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("state_file = \"s.json\"", "state_file = \"./x/../s.json\"", "chain b has the state_file of chain test-1 (at line 4): each chain needs its own")]
    [InlineData("", "state_file = \"test-1_priv_validator_state.json\"", "chain b has the state_file of chain test-1 (by default): each chain needs its own")]
    public void Two_chains_in_one_state_file_are_an_error(string first, string second, string sentence)
    {
        var text = ConfigText.With("\"hex\" }\n", $"\"hex\" }}\n{first}\n[[chain]]\nid = \"b\"\nkey_format = {{ type = \"hex\" }}\n{second}\n")
            .Replace("[\"test-1\"]", "[\"test-1\", \"b\"]", StringComparison.Ordinal);
        var error = Assert.Single(KmsConfigLoader.Parse(text, "tmkms.toml", null).Errors);
        Assert.Equal((8, sentence), (error.Line, error.Message));
    }

    [Fact]
    public void Several_syntax_errors_are_one_per_line()
    {
        var result = KmsConfigLoader.Parse("x = = 1\ny = 2\nz = = 3\n", "tmkms.toml", null);
        Assert.Equal([1, 3], result.Errors.Select(e => e.Line));
    }

    [Fact]
    public void An_empty_file_says_what_is_missing()
    {
        var result = KmsConfigLoader.Parse("", "tmkms.toml", null);
        Assert.Contains(result.Errors, e => e.ToString().StartsWith("tmkms.toml: no [[validator]]", StringComparison.Ordinal));
        Assert.Contains(result.Errors, e => e.ToString().StartsWith("tmkms.toml: no [providers]", StringComparison.Ordinal));
    }

    [Fact]
    public void A_home_directory_is_asked_for_only_when_it_is_needed()
    {
        Assert.True(KmsConfigLoader.Parse(ConfigText.Good, "tmkms.toml", null).IsValid);
        var error = Assert.Single(KmsConfigLoader.Parse(ConfigText.With("/keys/test-1.key", "~/test-1.key"), "tmkms.toml", null).Errors);
        Assert.Contains("this user has no home directory", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Deep_nesting_is_an_error_and_not_a_crash()
    {
        var result = KmsConfigLoader.Parse("x = " + new string('[', 100_000), "tmkms.toml", null);
        Assert.False(result.IsValid);
    }

    [Fact]
    public void No_mixture_of_keys_and_headers_makes_the_parser_throw()
    {
        string[] lines =
        [
            "chain = 1", "chain = {}", "chain = []", "chain = [{}]", "chain = [1, {}]", "chain.id = 1", "chain.id.x = \"a\"", "[chain]",
            "[[chain]]", "[chain.id]", "[[chain.id]]", "[chain.id.x]", "id = \"a\"", "id = { x = 1 }", "id.x = 2", "\"\" = 1", "'a.b' = 1",
            "[providers]", "[providers.softsign]", "[[providers.softsign]]", "softsign = []", "softsign.x = 1", "chain_ids = [[]]",
            "providers = []", "x = [", "= 1", "x = '''", "]", "id = 1e400", "id = inf",
        ];
        var random = new Random(20260101);
        for (var i = 0; i < 5000; i++)
        {
            var text = string.Join('\n', Enumerable.Range(0, random.Next(1, 6)).Select(_ => lines[random.Next(lines.Length)]));
            var result = KmsConfigLoader.Parse(text, "tmkms.toml", null);
            Assert.False(result.IsValid, text);
        }
    }
}
