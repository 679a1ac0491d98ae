using System.Text;
using Kms.Persistence.StateFiles;

namespace Kms.Persistence.Tests.StateFiles;

/// <summary>Damaged, foreign and newer files: each is refused with a sentence, none throws, none gives a watermark.</summary>
public class RefusalTests
{
    private const string Id = """{"hash":"","parts":{"total":0,"hash":""}}""";

    public static TheoryData<string> Names => [.. GoldenFile.All.Select(file => file.Name)];

    [Theory]
    [InlineData("", "is empty")]
    [InlineData(" \r\n\t", "is empty")]
    [InlineData("\0\0\0\0", "is not valid JSON (line 1)")]
    [InlineData("{\n  \"height\": \"7\",\n  \"round\": 0", "is not valid JSON (line 3)")]
    [InlineData("{\"height\":\"7\",\"round\":0,\"step\":1}\n}", "is not valid JSON (line 2)")]
    [InlineData("{\"height\":\"7\",\"round\":0,\"step\":1}{}", "is not valid JSON (line 1)")]
    [InlineData("{\"height\":\"7\",\"round\":0,\"step\":1,}", "is not valid JSON (line 1)")]
    [InlineData("{\"height\":\"7\",\"round\":0,\"step\":1 /* */}", "is not valid JSON (line 1)")]
    [InlineData("[]", "is not a JSON object")]
    [InlineData("null", "is not a JSON object")]
    [InlineData("[[[[[[[[[[[[]]]]]]]]]]]]", "is not valid JSON (line 1)")]
    [InlineData("\uFEFF{\"height\":\"7\",\"round\":0,\"step\":1}", "begins with a byte order mark")]
    [InlineData("{\"\\uD800\":\"7\",\"round\":0,\"step\":1}", "has a string that is not valid Unicode")]
    public void What_is_no_state_file_at_all_is_refused(string text, string reason)
    {
        AssertRefused(text, null, reason);
        foreach (var format in Enum.GetValues<StateFormat>()) AssertRefused(text, format, reason);
    }

    [Theory]
    [InlineData("""{"height":"7","height":"6","round":0,"step":1}""", "names height twice")]
    [InlineData("""{"height":"\uD800","round":0,"step":1}""", "has a string that is not valid Unicode")]
    [InlineData("""{"height":7,"round":0,"step":1}""", "has a height that is not a string")]
    [InlineData("""{"height":"-1","round":0,"step":1}""", "has a height that is not a whole number from 0 to 9223372036854775807")]
    [InlineData("""{"height":"9223372036854775808","round":0,"step":1}""", "has a height that is not a whole number")]
    [InlineData("""{"height":" 7","round":0,"step":1}""", "has a height that is not a whole number")]
    [InlineData("""{"height":"7e2","round":0,"step":1}""", "has a height that is not a whole number")]
    [InlineData("""{"height":"","round":0,"step":1}""", "has a height that is not a whole number")]
    [InlineData("""{"height":null,"round":0,"step":1}""", "has a height that is not a string")]
    [InlineData("""{"round":0,"step":1}""", "has no height")]
    [InlineData("""{"height":"7","step":1}""", "has no round")]
    [InlineData("""{"height":"7","round":0}""", "has no step")]
    [InlineData("""{"height":"7","round":-1,"step":1}""", "has a round that is not a whole number from 0 to 2147483647")]
    [InlineData("""{"height":"7","round":2147483648,"step":1}""", "has a round that is not a whole number")]
    [InlineData("""{"height":"7","round":1e99999,"step":1}""", "has a round that is not a whole number")]
    [InlineData("""{"height":"7","round":0.5,"step":1}""", "has a round that is not a whole number")]
    [InlineData("""{"height":"7","round":"0","step":1}""", "has a round that is a string")]
    [InlineData("""{"height":"7","round":0,"step":4}""", "has a step that is not 0 to 3")]
    [InlineData("""{"height":"7","round":0,"step":-1}""", "has a step that is not 0 to 3")]
    [InlineData("""{"height":"7","round":0,"step":"1"}""", "has a step that is not a number")]
    [InlineData("""{"height":"7","round":0,"step":1,"signbytes":"0"}""", "has a signbytes that is not hexadecimal")]
    [InlineData("""{"height":"7","round":0,"step":1,"signbytes":"zz"}""", "has a signbytes that is not hexadecimal")]
    [InlineData("""{"height":"7","round":0,"step":1,"signbytes":7}""", "has a signbytes that is not a string")]
    [InlineData("""{"height":"7","round":0,"step":1,"signature":"AA="}""", "has a signature that is not base64")]
    [InlineData("""{"height":"7","round":0,"step":1,"signature":"AA= "}""", "has a signature that is not base64")]
    [InlineData("""{"height":"7","round":0,"step":1,"signature":"AA=="}""", "has a signature of 1 bytes; a signature has 64")]
    [InlineData("""{"height":"7","round":0,"step":0,"signbytes":"00"}""", "has step 0, nothing signed yet, and yet a signature")]
    [InlineData("""{"height":"0","round":0,"step":1,"signbytes":"00"}""", "has height 0, at which nothing can be signed")]
    [InlineData("""{"height":"7","round":0,"step":1,"extension_floor":"9"}""", "has a member extension_floor that this format does not have")]
    [InlineData("""{"height":"7","round":0,"step":1,"a\u001b[31m\nb":"9"}""", "has a member a??31m?b that this format does not have")]
    public void A_CometBFT_file_that_CometBFT_does_not_write_is_refused(string text, string reason)
    {
        AssertRefused(text, StateFormat.CometBft, reason);
        AssertRefused(text, StateFormat.CosmosKms, reason);
    }

    [Theory]
    [InlineData("""{"height":"7","round":"0","step":3,"block_id":null}""", "tmkms counts proposal 0, prevote 1, precommit 2")]
    [InlineData("""{"height":"7","round":"0","step":6,"block_id":null}""", "tmkms 0.7 or older")]
    [InlineData("""{"height":"7","round":0,"step":1,"block_id":null}""", "has a round that is not a string")]
    [InlineData("""{"height":"7","round":"4294967296","step":1,"block_id":null}""", "has a round that is not a whole number from 0 to 2147483647")]
    [InlineData("""{"height":"7","round":"0","step":1}""", "has no block_id")]
    [InlineData("""{"height":"7","round":"0","step":1,"block_id":""}""", "has a block_id that is not an object")]
    [InlineData("""{"height":"7","round":"0","step":1,"block_id":{"hash":""}}""", "has no block_id.parts")]
    [InlineData("""{"height":"7","round":"0","step":1,"block_id":{"hash":"","parts":null}}""", "has a block_id.parts that is not an object")]
    [InlineData("""{"height":"7","round":"0","step":1,"block_id":{"hash":"AABB","parts":{"total":1,"hash":""}}}""", "has a block_id.hash that does not have 32 bytes")]
    [InlineData("""{"height":"7","round":"0","step":1,"block_id":{"hash":"","parts":{"total":1,"hash":"AABB"}}}""", "has a block_id.parts.hash that does not have 32 bytes")]
    [InlineData("""{"height":"7","round":"0","step":1,"block_id":{"hash":"","parts":{"total":4294967296,"hash":""}}}""", "has a block_id.parts.total that is not a whole number from 0 to 4294967295")]
    [InlineData("""{"height":"7","round":"0","step":1,"block_id":{"hash":"","parts":{"total":"-1","hash":""}}}""", "has a block_id.parts.total that is not a whole number")]
    [InlineData("""{"height":"7","round":"0","step":1,"block_id":{"hash":"","hash":"","parts":{"total":0,"hash":""}}}""", "names block_id.hash twice")]
    [InlineData("""{"height":"7","round":"0","step":1,"block_id":{"hash":"","parts":{"total":0,"hash":"","x":0}}}""", "has a member block_id.parts.x")]
    [InlineData("""{"height":"7","round":"0","step":1,"block_id":{"hash":"","parts":{"total":0,"hash":""},"part_set_header":{"total":0,"hash":""}}}""", "with both parts and part_set_header")]
    [InlineData("""{"height":"0","round":"0","step":1,"block_id":{"hash":"","parts":{"total":1,"hash":""}}}""", "has height 0, at which nothing can be signed")]
    [InlineData($$"""{"height":"7","round":"0","step":1,"signature":"","block_id":{{Id}}}""", "has a member signature")]
    public void A_tmkms_file_that_tmkms_does_not_write_is_refused(string text, string reason) => AssertRefused(text, StateFormat.Tmkms, reason);

    [Theory]
    [InlineData("""{"height":"7","round":"0","step":4,"nonce_public":null}""", "has a step that is not 0 to 3")]
    [InlineData("""{"height":"7","round":"9223372036854775807","step":1,"nonce_public":null}""", "has a round that is not a whole number from 0 to 2147483647")]
    [InlineData("""{"height":"7","round":"0","step":1,"nonce_public":7}""", "has a nonce_public that is not a string")]
    [InlineData("""{"height":"7","round":"0","step":1,"nonce_public":"*"}""", "has a nonce_public that is not base64")]
    [InlineData("""{"height":"7","round":"0","step":0,"nonce_public":null,"signbytes":"00"}""", "has step 0, nothing signed yet")]
    [InlineData("""{"height":"7","round":"0","step":1,"nonce_public":null,"dealt":""}""", "has a member dealt")]
    public void A_horcrux_file_that_horcrux_does_not_write_is_refused(string text, string reason) => AssertRefused(text, StateFormat.Horcrux, reason);

    [Theory]
    [InlineData("\"version\": 1", "\"version\": 2", "has a version other than 1: a newer tmkms wrote it")]
    [InlineData("\"version\": 1", "\"version\": \"1\"", "has a version that is not a number")]
    [InlineData("\"version\": 1,", "", "has no version")]
    [InlineData("cometbft-sign-state", "eip-3076", "has a format other than \"cometbft-sign-state\"")]
    [InlineData("\"chains\"", "\"chain\"", "has a member chain that this format does not have")]
    [InlineData("\"chain_id\": \"new-1\"", "\"chain_id\": \"osmosis-1\"", "lists chain osmosis-1 twice")]
    [InlineData("\"chain_id\": \"new-1\"", "\"chain_id\": \"new 1\"", "has a chains[2].chain_id that is not 1 to 50 visible characters")]
    [InlineData("\"chain_id\": \"new-1\"", "\"chain_id\": \"\"", "has a chains[2].chain_id that is not 1 to 50 visible characters")]
    [InlineData("\"chain_id\": \"new-1\",", "", "has no chains[2].chain_id")]
    [InlineData("\"prevote\"", "\"Prevote\"", "has a chains[1].step that is not proposal or prevote or precommit")]
    [InlineData("\"prevote\"", "1", "has a chains[1].step that is not a string")]
    [InlineData("\"19000000\"", "19000000", "has a chains[1].height that is not a string")]
    [InlineData("\"round\": 2,", "\"round\": \"2\",", "has a chains[1].round that is not a number")]
    [InlineData("\"round\": 2,", "\"round\": 2, \"signature\": \"\",", "has a member chains[1].signature")]
    [InlineData("\"type\": \"ed25519\"", "\"type\": \"sr25519\"", "has a chains[0].public_key.type that is not ed25519 or secp256k1")]
    [InlineData("\"type\": \"ed25519\"", "\"type\": \"Secp256k1\"", "has a chains[0].public_key.type that is not ed25519 or secp256k1")]
    [InlineData("\"type\": \"ed25519\"", "\"type\": \"secp256k1\"", "has a chains[0].public_key.value of 32 bytes; a public key of secp256k1 has 33")]
    [InlineData("A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=", "A6EH", "has a chains[0].public_key.value of 3 bytes")]
    [InlineData("\"block_id\": null", "\"block_id\": \"\"", "has a chains[1].block_id that is not an object")]
    [InlineData("\"block_id\": null", "\"block_id\": {\"hash\":\"\",\"parts_total\":0,\"parts_hash\":\"\"}", "has an empty block_id: nil is null")]
    [InlineData("\"parts_total\": 1", "\"parts_total\": -1", "has a chains[0].block_id.parts_total that is not a whole number")]
    [InlineData("\"sign_bytes\": \"", "\"sign_bytes\": \"g", "has a chains[0].sign_bytes that is not hexadecimal")]
    public void An_interchange_file_that_breaks_its_rules_is_refused(string good, string bad, string reason)
    {
        var text = GoldenFile.Named("interchange").Text;
        Assert.Contains(good, text, StringComparison.Ordinal);

        AssertRefused(text.Replace(good, bad, StringComparison.Ordinal), StateFormat.Interchange, reason);
    }

    [Fact]
    public void An_interchange_file_without_chains_is_refused() =>
        AssertRefused("""{"format":"cometbft-sign-state","version":1,"chains":[]}""", null, "lists no chains");

    [Fact]
    public void Bytes_that_are_no_UTF_8_are_refused()
    {
        var result = StateFile.Parse([.. "{\"height\":\""u8, 0xFF, .. "\",\"round\":0,\"step\":1}"u8], StateFormat.CometBft);

        Assert.Equal("the state file is not valid UTF-8", result.Error);
    }

    [Fact]
    public void A_file_may_have_64_KiB_and_no_more()
    {
        var text = GoldenFile.Named("cometbft-precommit").Text;

        Assert.True(StateFile.Parse(Encoding.UTF8.GetBytes(text.PadRight(StateFile.MaxBytes)), null).IsRead);
        AssertRefused(text.PadRight(StateFile.MaxBytes + 1), null, "has more than 65536 bytes");
    }

    [Theory, MemberData(nameof(Names))]
    public void A_file_that_was_cut_off_anywhere_is_refused(string name)
    {
        var file = GoldenFile.Named(name);
        var whole = file.Content.AsSpan().TrimEnd("\n"u8).Length;
        for (var length = 0; length < whole; length++)
        {
            Assert.False(StateFile.Parse(file.Content.AsSpan(0, length), file.Format).IsRead);
            Assert.False(StateFile.Parse(file.Content.AsSpan(0, length), null).IsRead);
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Any_changed_byte_is_read_or_refused_with_a_sentence(string name)
    {
        var file = GoldenFile.Named(name);
        var content = file.Content;
        for (var at = 0; at < content.Length; at++)
        {
            foreach (var value in "\0 \"\\{}[]:,-+.0129aenz\xFF"u8.ToArray().Append((byte)0xFF).Append((byte)(content[at] ^ 1)))
            {
                var changed = content.ToArray();
                changed[at] = value;
                AssertSound(StateFile.Parse(changed, file.Format));
                AssertSound(StateFile.Parse(changed, null));
            }
        }
    }

    [Fact]
    public void A_single_chain_format_takes_exactly_one_state()
    {
        var states = GoldenFile.Named("interchange").States;

        Assert.Equal("a tmkms state file holds one chain, not 4", StateFile.Render(StateFormat.Tmkms, states).Error);
        Assert.Equal("a CometBFT state file holds one chain, not 0", StateFile.Render(StateFormat.CometBft, []).Error);
    }

    [Fact]
    public void An_interchange_file_that_could_not_be_read_again_is_not_written()
    {
        var state = GoldenFile.Named("interchange").States[0];

        Assert.Equal("there are no chains to write", Error());
        Assert.Equal("an interchange file names the chain of each state: say which one it is", Error(state with { Chain = null }));
        Assert.Equal("there are two states of chain cosmoshub-4", Error(state, state));
        Assert.Equal("the chain id ? is not 1 to 50 visible characters", Error(state with { Chain = new("\n") }));
        Assert.Equal("the chain id � is not 1 to 50 visible characters", Error(state with { Chain = new([0xFF]) }));
        var many = Enumerable.Range(0, 200).Select(i => state with { Chain = new($"chain-{i}") }).ToArray();
        Assert.Equal("the states of 200 chains are more than 65536 bytes: write them to several files", Error(many));

        static string? Error(params Persistence.StateFiles.RecordedState[] states) => StateFile.Render(StateFormat.Interchange, states).Error;
    }

    private static void AssertRefused(string text, StateFormat? format, string reason)
    {
        var result = StateFile.Parse(Encoding.UTF8.GetBytes(text), format);

        Assert.Null(result.States);
        Assert.False(result.IsMissing);
        Assert.StartsWith("the state file ", result.Error, StringComparison.Ordinal);
        Assert.Contains(reason, result.Error, StringComparison.Ordinal);
    }

    private static void AssertSound(StateFileResult result)
    {
        Assert.NotEqual(result.States is null, result.Error is null);
        Assert.All(result.Error ?? "", c => Assert.False(char.IsControl(c)));
        Assert.All(result.States ?? [], state => Assert.True(state.Position.Height.Value >= 0 && state.Position.Round.Value >= 0));
    }
}
