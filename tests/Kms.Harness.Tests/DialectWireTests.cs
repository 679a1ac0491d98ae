using System.Globalization;
using System.Text.Json;
using Google.Protobuf;
using Kms.Core.Consensus;
using Kms.Harness.Wire;
using Timestamp = Kms.Core.Consensus.Timestamp;

namespace Kms.Harness.Tests;

/// <summary>What goes over the wire in each dialect, against CometBFT 1.0.1's own messages (Vectors/v1.json) and celestia-core's.</summary>
public class DialectWireTests
{
    private static readonly JsonElement Vectors =
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Vectors", "v1.json"))).RootElement;

    public static TheoryData<string> Votes => Notes("votes");

    public static TheoryData<string> PublicKeys => Notes("public_keys");

    public static TheoryData<string> RawBytes => Notes("raw_bytes");

    [Theory]
    [MemberData(nameof(Votes))]
    public void Votes_are_asked_for_as_by_CometBFT_1_0(string note)
    {
        var (vector, vote) = (Vector("votes", note), Vector("votes", note).GetProperty("vote"));
        var time = vote.GetProperty("timestamp");
        var asked = new VoteMessage(new ChainId(vector.GetProperty("chain_id").GetString()!),
            new Hrs(Long(vote, "height"), vote.GetProperty("round").GetInt32(), vote.GetProperty("type").GetInt32() == 1 ? Step.Prevote : Step.Precommit),
            Block(vote.GetProperty("block_id")), new Timestamp(Long(time, "seconds"), time.GetProperty("nanos").GetInt32()))
        {
            Extension = Hex(vote, "extension"), ValidatorAddress = Hex(vote, "validator_address"),
            SkipExtension = vector.GetProperty("skip_extension_signing").GetBoolean(),
        };
        var request = asked.ToRequest();
        request.SignVoteRequest.Vote.ValidatorIndex = vote.GetProperty("validator_index").GetInt32();
        Assert.Equal(vector.GetProperty("wire").GetString(), Convert.ToHexStringLower(CanonicalBytes.Delimited(request)));
    }

    [Theory]
    [MemberData(nameof(PublicKeys))]
    public void A_key_is_read_where_the_dialect_has_it(string note)
    {
        var vector = Vector("public_keys", note);
        var reply = Message.Parser.ParseFrom(Hex(vector, "body"));
        var type = vector.GetProperty("pub_key_type").GetString()!;
        foreach (var dialect in Dialect.All)
        {
            var key = Assert.IsType<SignerReply.PublicKey>(new ReplyReader(dialect).Interpret(Message.SumOneofCase.PubKeyRequest, reply));
            Assert.Equal(dialect.Name is "v1.0" or "v2.0" ? type : "none", key.KeyType);
            if (key.KeyType == type) Assert.Equal(Hex(vector, "pub_key_bytes"), key.Bytes.ToArray());
        }
    }

    [Fact]
    public void A_key_in_the_old_field_is_read_by_old_nodes_only()
    {
        var reply = new Message { PubKeyResponse = new PubKeyResponse { PubKey = new PublicKey { Ed25519 = ByteStringOf(new byte[32]) } } };
        var readers = Dialect.All.Where(dialect =>
            new ReplyReader(dialect).Interpret(Message.SumOneofCase.PubKeyRequest, reply) is SignerReply.PublicKey { KeyType: "ed25519" });
        Assert.Equal(["v0.34", "v0.37", "v0.38", "v0.40", "celestia"], readers.Select(dialect => dialect.Name));
    }

    [Theory]
    [InlineData("v0.34", 0, 0)]
    [InlineData("v0.37", 0, 0)]
    [InlineData("v0.38", 2, 0)]
    [InlineData("v0.40", 2, 0)]
    [InlineData("v1.0", 2, 0)]
    [InlineData("v2.0", 2, 3)]
    [InlineData("celestia", 2, 0)]
    public void Extension_signatures_are_read_where_the_dialect_has_them(string dialect, int extension, int nonRp)
    {
        // Vote{signature=8, extension_signature=10, non_rp_extension_signature=12} of 1, 2 and 3 bytes, by hand.
        byte[] vote = [0x42, 1, 7, 0x52, 2, 7, 7, 0x62, 3, 7, 7, 7];
        var reply = Message.Parser.ParseFrom([0x22, (byte)(vote.Length + 2), 0x0a, (byte)vote.Length, .. vote]);
        var signed = Assert.IsType<SignerReply.Signed>(new ReplyReader(Dialect.Find(dialect)!).Interpret(Message.SumOneofCase.SignVoteRequest, reply));
        Assert.Equal((1, extension, nonRp), (signed.Signature.Length, signed.ExtensionSignature.Length, signed.NonRpExtensionSignature.Length));
    }

    [Theory]
    [MemberData(nameof(RawBytes))]
    public void Bytes_are_asked_for_as_by_CometBFT_1_0(string note)
    {
        var vector = Vector("raw_bytes", note);
        var asked = new RawBytesMessage(RawBytesKind.CometBft, new ChainId("c"), Hex(vector, "value"));
        Assert.Equal(vector.GetProperty("wire").GetString(), Convert.ToHexStringLower(CanonicalBytes.Delimited(asked.ToRequest())));
        Assert.Equal(Hex(vector, "value"), asked.SignBytes());
    }

    /// <summary>celestia-core privval/msgs_test.go and types/priv_validator.go: chain "test", unique id "test-msg".</summary>
    [Fact]
    public void Raw_bytes_are_asked_for_as_by_Celestia()
    {
        var asked = new RawBytesMessage(RawBytesKind.Celestia, new ChainId("test"), Enumerable.Repeat((byte)1, 1000).ToArray()) { UniqueId = "test-msg" };
        var body = "0a047465737412e807" + string.Concat(Enumerable.Repeat("01", 1000)) + "1a08746573742d6d7367";
        Assert.Equal("4afb07" + body, Convert.ToHexStringLower(asked.ToRequest().ToByteArray()));
        Assert.Equal(Convert.ToHexStringLower("COMET::RAW_BYTES::SIGN"u8) + "fb07" + body, Convert.ToHexStringLower(asked.SignBytes()));
    }

    [Theory]
    [InlineData("v0.38", "ffff03", "65535 bytes announced, a node reads at most 10240")]
    [InlineData("v0.40", "ffff43", "1114111 bytes announced, a node reads at most 1049728")]
    public async Task Replies_are_read_up_to_the_dialects_limit(string dialect, string prefix, string reason)
    {
        var frames = new PrivvalFrames(new MemoryStream(Convert.FromHexString(prefix)));
        var (_, failure) = await frames.ReadAsync(Dialect.Find(dialect)!.MaxReply, CancellationToken.None);
        Assert.Equal(reason, Assert.IsType<SignerReply.Malformed>(failure).Reason);
    }

    [Fact]
    public async Task A_long_reply_is_read_whole_and_the_next_one_too()
    {
        var error = new RemoteSignerError { Description = new string('x', 200_000) };
        var large = CanonicalBytes.Delimited(new Message { PubKeyResponse = new PubKeyResponse { Error = error } });
        var frames = new PrivvalFrames(new MemoryStream([.. large, .. CanonicalBytes.Delimited(new Message { PingResponse = new PingResponse() })]));
        var limit = Dialect.Find("v0.40")!.MaxReply;
        Assert.Equal(200_000, (await frames.ReadAsync(limit, CancellationToken.None)).Message!.PubKeyResponse.Error.Description.Length);
        Assert.NotNull((await frames.ReadAsync(limit, CancellationToken.None)).Message!.PingResponse);
    }

    [Theory]
    [InlineData("v0.34", true, false, "a v0.34 node has no vote extensions")]
    [InlineData("v0.37", true, false, "a v0.37 node has no vote extensions")]
    [InlineData("v0.38", false, true, "a v0.38 node asks for no raw bytes")]
    [InlineData("v0.38", true, false, null)]
    [InlineData("celestia", true, true, null)]
    [InlineData("v2.0", true, true, null)]
    public void What_a_dialect_does_not_have_cannot_be_asked_for(string dialect, bool extensions, bool raw, string? problem)
    {
        var options = new HarnessOptions(HarnessOptions.Loopback, "c") { Dialect = Dialect.Find(dialect)!, VoteExtensions = extensions, RawBytes = raw };
        Assert.Equal(problem is null, options.Problem() is null);
        Assert.StartsWith(problem ?? "", options.Problem() ?? "", StringComparison.Ordinal);
    }

    private static TheoryData<string> Notes(string kind) =>
        [.. Vectors.GetProperty(kind).EnumerateArray().Select(vector => vector.GetProperty("note").GetString()!)];

    private static JsonElement Vector(string kind, string note) =>
        Vectors.GetProperty(kind).EnumerateArray().Single(vector => vector.GetProperty("note").GetString() == note);

    private static long Long(JsonElement element, string name) => long.Parse(element.GetProperty(name).GetString()!, CultureInfo.InvariantCulture);

    private static byte[] Hex(JsonElement element, string name) => Convert.FromHexString(element.GetProperty(name).GetString()!);

    private static Google.Protobuf.ByteString ByteStringOf(byte[] bytes) => Google.Protobuf.ByteString.CopyFrom(bytes);

    private static Kms.Core.Consensus.BlockId? Block(JsonElement id)
    {
        var block = new Kms.Core.Consensus.BlockId(
            BlockHash.FromBytes(Hex(id, "hash"))!, id.GetProperty("parts_total").GetUInt32(), BlockHash.FromBytes(Hex(id, "parts_hash"))!);
        return block.IsZero ? null : block;
    }
}
