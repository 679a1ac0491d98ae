using CsCheck;
using Kms.Core.Consensus;
using Kms.Protocol.Framing;
using Kms.Protocol.Privval;
using Kms.Protocol.Protobuf;
using Kms.Protocol.SecretConnection;
using Kms.Protocol.SignBytes;
using Kms.Testing;

namespace Kms.Protocol.Tests.Privval;

/// <summary>Properties over random input. CsCheck prints the seed of a failure.</summary>
public class RandomBytesTests
{
    private const int Limit = 10 * 1024;

    private static readonly Gen<byte[]> Hash =
        Gen.Frequency((4, Gen.Byte.Array[32]), (1, Gen.Const(Array.Empty<byte>())), (1, Gen.Byte.Array[0, 40]));

    private static readonly Gen<NodeBlockId> Block =
        Gen.Select(Hash, Gen.Frequency((1, Gen.Const(0u)), (3, Gen.UInt)), Hash, (hash, total, parts) => new NodeBlockId(hash, total, parts));

    private static readonly Gen<Timestamp> Time =
        Gen.Select(Gen.Long[-62_135_596_800, 253_402_300_799], Gen.Int[0, 999_999_999], (seconds, nanos) => new Timestamp(seconds, nanos));

    private static readonly Gen<NodeVote> Vote = Gen.Select(
        Gen.Select(Gen.Int[-1, 33], Gen.Long, Gen.Int),
        Gen.Select(Block, Time, Gen.Byte.Array[0, 25], Gen.Int),
        Gen.Select(Gen.Byte.Array[0, 70], Gen.Byte.Array[0, 300], Gen.Byte.Array[0, 70], Gen.Byte.Array[0, 70]),
        (hrs, middle, tail) => new NodeVote(
            hrs.Item1, hrs.Item2, hrs.Item3, middle.Item1, middle.Item2, middle.Item3, middle.Item4, tail.Item1, tail.Item2, tail.Item3)
        {
            NonRpExtension = tail.Item4,
        });

    private static readonly Gen<NodeProposal> Proposal = Gen.Select(
        Gen.Int, Gen.Long, Gen.Int, Gen.Int, Block, Time, Gen.Byte.Array[0, 70],
        (type, height, round, pol, block, time, signature) => new NodeProposal(type, height, round, pol, block, time, signature));

    private static readonly Gen<byte[]> Chain = Gen.Byte.Array[0, 60];

    private static readonly byte[][] WellFormed =
    [
        .. CometBft.Load("v1.0", "decode").All("cases").Where(vector => !vector.Has("error")).Select(vector => vector.Hex("wire")),
    ];

    [Fact]
    public void Random_bytes_are_decoded_or_refused_but_never_throw() => Gen.Byte.Array[0, 300].Sample(DecodeEverything, iter: 50_000);

    [Fact]
    public void Damaged_messages_are_decoded_or_refused_but_never_throw() =>
        Gen.Select(Gen.OneOf(WellFormed), Gen.Select(Gen.Int[0, 400], Gen.Byte, Gen.Int[0, 2]).Array[1, 4], Damage)
            .Sample(DecodeEverything, iter: 50_000);

    [Fact]
    public void Random_votes_round_trip() => Gen.Select(Chain, Vote, Gen.Bool).Sample((chain, vote, skips) =>
    {
        var request = Assert.IsType<PrivvalRequest.SignVote>(Wire.Decode(NodeWire.SignVoteRequest(chain, vote, skips)));

        var isForBlock = vote.Block.Hash.Length > 0 || vote.Block.PartsTotal > 0 || vote.Block.PartsHash.Length > 0;
        var signsExtensions = vote.Type == 2 && isForBlock && !skips;
        var valid = vote.Type is 1 or 2 && vote.Block.Hash.Length is 0 or 32 && vote.Block.PartsHash.Length is 0 or 32
            && !(signsExtensions && CanonicalShape.Of(vote.NonRpExtension) is not null);
        Assert.Equal(new ChainId(chain), request.Chain);
        Assert.Equal(valid, request.Asked.Request is not null);
        Assert.NotEqual(valid, request.Asked.Error is not null);
        // Written back with the writer of these tests, nothing may be lost: the fields that are not kept aside.
        var kept = new NodeVote(
            request.Vote.Type, request.Vote.Height, request.Vote.Round, Kept(request.Vote.BlockId), request.Vote.Timestamp,
            request.Vote.ValidatorAddress.ToArray(), request.Vote.ValidatorIndex, [], request.Vote.Extension.ToArray(), [])
        {
            NonRpExtension = request.Vote.NonRpExtension.ToArray(),
        };
        Assert.Equal(
            NodeWire.SignVoteRequest(chain, vote with { Signature = [], ExtensionSignature = [] }),
            NodeWire.SignVoteRequest(chain, kept));
        if (request.Asked.Request is not VoteRequest asked) return;
        Assert.Equal((vote.Height, vote.Round, vote.Type), (asked.Hrs.Height.Value, asked.Hrs.Round.Value, (int)asked.Hrs.Step));
        Assert.Equal(!skips && vote.Extension.Length + vote.NonRpExtension.Length > 0, asked.CarriesExtension);
        Assert.Equal((signsExtensions, signsExtensions), (asked.ExtensionSignBytes is not null, asked.NonRpExtensionSignBytes is not null));
    }, iter: 10_000);

    [Fact]
    public void Random_proposals_round_trip() => Gen.Select(Chain, Proposal).Sample((chain, proposal) =>
    {
        var request = Assert.IsType<PrivvalRequest.SignProposal>(Wire.Decode(NodeWire.SignProposalRequest(chain, proposal)));

        var kept = new NodeProposal(
            request.Proposal.Type, request.Proposal.Height, request.Proposal.Round, request.Proposal.PolRound,
            Kept(request.Proposal.BlockId), request.Proposal.Timestamp, []);
        Assert.Equal(new ChainId(chain), request.Chain);
        Assert.Equal(NodeWire.SignProposalRequest(chain, proposal with { Signature = [] }), NodeWire.SignProposalRequest(chain, kept));
        Assert.Equal(
            proposal.Block.Hash.Length is 0 or 32 && proposal.Block.PartsHash.Length is 0 or 32,
            request.Asked.Request is ProposalRequest asked && asked.PolRound == proposal.PolRound);
    }, iter: 10_000);

    // What the rules rely on: two requests of one position say the same exactly when their bytes do.
    [Fact]
    public void Two_votes_have_equal_sign_bytes_exactly_when_their_signed_fields_are_equal()
    {
        var few = Gen.Select(
            Gen.Int[1, 2], Gen.Long[0, 2], Gen.Int[0, 1], Gen.OneOf("", "00", "01"), Gen.UInt[0, 1], Gen.Long[0, 1],
            (type, height, round, hash, total, seconds) => NodeVote.Default with
            {
                Type = type, Height = height, Round = round, Timestamp = new Timestamp(seconds, 0),
                Block = new NodeBlockId(hash.Length == 0 ? [] : Enumerable.Repeat(Convert.ToByte(hash, 16), 32).ToArray(), total, []),
            });
        Gen.Select(Gen.OneOf("a", "b"), few, Gen.OneOf("a", "b"), few).Sample((chain, vote, otherChain, other) =>
        {
            var (one, two) = (Asked(chain, vote), Asked(otherChain, other));

            Assert.Equal(
                (one.Chain, one.Hrs, one.Block, one.Timestamp) == (two.Chain, two.Hrs, two.Block, two.Timestamp),
                one.SignBytes == two.SignBytes);
        }, iter: 20_000);

        static SignRequest Asked(string chain, NodeVote vote) =>
            Wire.Asked(Wire.Decode(NodeWire.SignVoteRequest(System.Text.Encoding.UTF8.GetBytes(chain), vote)))!.Value.Request!;
    }

    private static void DecodeEverything(byte[] bytes)
    {
        var status = FrameParser.Parse(bytes, Limit, out var body, out var error);
        Assert.Equal(status == FrameStatus.Broken, error is not null);
        if (status == FrameStatus.Complete) Assert.InRange(body.End.Value, 0, bytes.Length);

        var decoded = PrivvalDecoder.TryDecode(bytes, out var request, out error);
        Assert.Equal((decoded, decoded), (request is not PrivvalRequest.Malformed, error is null));
        if (Wire.Asked(request) is { } asked) Assert.NotEqual(asked.Request is null, asked.Error is null);
        if (Wire.TryDecode(bytes, out _, Limit) is { } framed) Assert.NotEmpty(Wire.Describe(framed));

        ProtoTimestamp.Decode(bytes, out _);
        HandshakeMessages.TryDecodeEphemeral(bytes, new byte[32], out _);
        decoded = HandshakeMessages.TryDecodeAuth(bytes, out var key, out var proof, out error);
        Assert.Equal((decoded, decoded, decoded), (key is not null, proof is not null, error is null));
    }

    private static byte[] Damage(byte[] good, (int At, byte Value, int Kind)[] wounds)
    {
        var bytes = good.ToList();
        foreach (var (at, value, kind) in wounds)
        {
            if (bytes.Count == 0) break;
            var index = at % bytes.Count;
            if (kind == 0) bytes[index] = value;
            else if (kind == 1) bytes.RemoveAt(index);
            else bytes.Insert(index, value);
        }

        return [.. bytes];
    }

    private static NodeBlockId Kept(WireBlockId block) => new(block.Hash.ToArray(), block.PartsTotal, block.PartsHash.ToArray());
}
