using System.Globalization;
using System.Text.Json;
using Google.Protobuf;
using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Harness.Wire;
using PublicKey = Kms.Core.Signing.PublicKey;
using Timestamp = Kms.Core.Consensus.Timestamp;

namespace Kms.Harness.Tests;

/// <summary>CometBFT's own sign bytes, requests and signatures (Vectors/signbytes.json), so that the harness cannot be wrong along with
/// a signer.</summary>
public class SignBytesTests
{
    private static readonly JsonElement Vectors =
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Vectors", "signbytes.json"))).RootElement;

    public static TheoryData<string> Votes => [.. Notes("votes")];

    public static TheoryData<string> Proposals => [.. Notes("proposals")];

    [Theory]
    [MemberData(nameof(Votes))]
    public void Votes_are_encoded_as_by_CometBFT(string note)
    {
        var vector = Vector("votes", note);
        var vote = new VoteMessage(Chain(vector), Position(vector, vector.GetProperty("type").GetInt32() == 1 ? Step.Prevote : Step.Precommit),
            Block(vector), Time(vector))
        {
            Extension = Hex(vector, "extension"), ValidatorAddress = Hex(vector, "validator_address"),
        };
        Assert.Equal(vector.GetProperty("sign_bytes").GetString(), Convert.ToHexStringLower(CanonicalBytes.OfVote(vote)));
        Assert.Equal(vector.GetProperty("ext_sign_bytes").GetString(), Convert.ToHexStringLower(CanonicalBytes.OfExtension(vote)));
        Assert.True(ValidatorKey.Verify(Key, CanonicalBytes.OfVote(vote), Hex(vector, "signature")));

        var request = vote.ToRequest();
        request.SignVoteRequest.Vote.ValidatorIndex = vector.GetProperty("validator_index").GetInt32();
        Assert.Equal(vector.GetProperty("request_wire").GetString(), Delimited(request));
    }

    [Theory]
    [MemberData(nameof(Proposals))]
    public void Proposals_are_encoded_as_by_CometBFT(string note)
    {
        var vector = Vector("proposals", note);
        var polRound = vector.GetProperty("pol_round").GetInt32();
        var proposal = new ProposalMessage(Chain(vector), Position(vector, Step.Proposal), Block(vector), polRound, Time(vector));
        Assert.Equal(vector.GetProperty("sign_bytes").GetString(), Convert.ToHexStringLower(CanonicalBytes.OfProposal(proposal)));
        Assert.True(ValidatorKey.Verify(Key, CanonicalBytes.OfProposal(proposal), Hex(vector, "signature")));
        Assert.Equal(vector.GetProperty("request_wire").GetString(), Delimited(proposal.ToRequest()));
    }

    private static PublicKey Key => new(KeyAlgorithm.Ed25519, Hex(Vectors, "public_key"));

    private static IEnumerable<string> Notes(string kind) =>
        Vectors.GetProperty(kind).EnumerateArray().Select(vector => vector.GetProperty("note").GetString()!);

    private static JsonElement Vector(string kind, string note) =>
        Vectors.GetProperty(kind).EnumerateArray().Single(vector => vector.GetProperty("note").GetString() == note);

    private static ChainId Chain(JsonElement vector) => new(Hex(vector, "chain_id_hex"));

    private static Hrs Position(JsonElement vector, Step step) =>
        new(Long(vector, "height"), vector.GetProperty("round").GetInt32(), step);

    private static Timestamp Time(JsonElement vector) =>
        new(Long(vector, "seconds"), vector.GetProperty("nanos").GetInt32());

    private static long Long(JsonElement vector, string name) => long.Parse(vector.GetProperty(name).GetString()!, CultureInfo.InvariantCulture);

    private static Kms.Core.Consensus.BlockId? Block(JsonElement vector)
    {
        var id = vector.GetProperty("block_id");
        var block = new Kms.Core.Consensus.BlockId(
            BlockHash.FromBytes(Hex(id, "hash"))!, id.GetProperty("parts_total").GetUInt32(), BlockHash.FromBytes(Hex(id, "parts_hash"))!);
        return block.IsZero ? null : block;
    }

    private static byte[] Hex(JsonElement element, string name) => Convert.FromHexString(element.GetProperty(name).GetString()!);

    private static string Delimited(Message message)
    {
        using var bytes = new MemoryStream();
        message.WriteDelimitedTo(bytes);
        return Convert.ToHexStringLower(bytes.ToArray());
    }
}
