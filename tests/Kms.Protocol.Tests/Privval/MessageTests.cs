using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Core.Signing;
using Kms.Protocol.Privval;
using Kms.Testing;

namespace Kms.Protocol.Tests.Privval;

/// <summary>Every privval message, from fields to bytes and back, against CometBFT's generated code.</summary>
public class MessageTests
{
    private static readonly ChainId Chain = new("test-chain-1");

    public static TheoryData<string> Versions => CometBft.Versions;

    // The replies compared below are built with the same writer: it must first write what Go writes.
    [Theory, MemberData(nameof(Versions))]
    public void The_independent_writer_of_these_tests_writes_what_Go_writes(string version) =>
        Assert.All(Messages(version, ""), message => Assert.Equal(
            message.Text("wire"), Convert.ToHexStringLower(NodeWire.AsSeenBy(version, Written(version, message.Text("kind"), message.In("fields"))))));

    [Theory, MemberData(nameof(Versions))]
    public void Requests_decode_to_their_fields(string version)
    {
        var requests = Messages(version, "Request");

        Assert.Equal(version == "v1.0" ? 125 : 85, requests.Count);
        Assert.All(requests, message =>
        {
            var fields = message.In("fields");
            var chain = new ChainId(fields.Text("chain_id"));
            switch (Wire.Decode(message.Hex("wire")))
            {
                case PrivvalRequest.PubKey request:
                    Assert.Equal(("PubKeyRequest", chain), (message.Text("kind"), request.Chain));
                    break;
                case PrivvalRequest.SignVote request:
                    Assert.Equal(("SignVoteRequest", chain), (message.Text("kind"), request.Chain));
                    AssertFields(NodeVote.Of(fields.In("vote")), request.Vote);
                    if (fields.Flag("skip_extension_signing")) Assert.Null(((VoteRequest)request.Asked.Request!).ExtensionSignBytes);
                    break;
                case PrivvalRequest.SignProposal request:
                    Assert.Equal(("SignProposalRequest", chain), (message.Text("kind"), request.Chain));
                    AssertFields(NodeProposal.Of(fields.In("proposal")), request.Proposal);
                    break;
                case var other:
                    Assert.IsType<PrivvalRequest.Ping>(other);
                    Assert.Equal("PingRequest", message.Text("kind"));
                    break;
            }
        });
    }

    [Theory, MemberData(nameof(Versions))]
    public void Replies_are_to_a_node_the_bytes_of_Go_but_for_the_extension_which_is_not_sent_back(string version)
    {
        var replies = Messages(version, "Response");

        Assert.Equal(version == "v1.0" ? 138 : 98, replies.Count);
        Assert.All(replies, message =>
        {
            var (kind, fields) = (message.Text("kind"), message.In("fields"));
            var expected = message.Hex("wire");
            byte[] actual;
            switch (kind)
            {
                case "PingResponse":
                    actual = PrivvalEncoder.Ping();
                    break;
                case "PubKeyResponse" when fields.Has("error"):
                    actual = PrivvalEncoder.PubKeyError(
                        new RemoteSignerError(fields.In("error").Int("code"), fields.In("error").Text("description")));
                    break;
                case "PubKeyResponse":
                    actual = PrivvalEncoder.PubKey(CometBft.KeyOf(fields, "pub_key_type"));
                    break;
                case "SignedVoteResponse" when !fields.Has("error"):
                    var vote = NodeVote.Of(fields.In("vote"));
                    actual = PrivvalEncoder.Vote(
                        Asked(vote), new SignReply.Signed(new Signature(vote.Signature), vote.Timestamp, OrNull(vote.ExtensionSignature)));
                    // A node before 0.40 reads at most 10 KiB and looks at signature, timestamp and extension signature only.
                    expected = NodeWire.Without(expected, 4, 1, 9);
                    break;
                case "SignedProposalResponse" when !fields.Has("error"):
                    var proposal = NodeProposal.Of(fields.In("proposal"));
                    actual = PrivvalEncoder.Proposal(
                        Asked(proposal), new SignReply.Signed(new Signature(proposal.Signature), proposal.Timestamp, null));
                    break;
                default:
                    // Errors of sign requests carry our own sentence: the frame around it is Go's.
                    var refusal = new Refusal(RefusalReason.DoubleSign, Chain, new Hrs(5, 0, Step.Prevote), new Hrs(5, 0, Step.Prevote), "négatif");
                    var refused = new SignReply.Refused(refusal);
                    var isVote = kind == "SignedVoteResponse";
                    actual = isVote ? PrivvalEncoder.Vote(Asked(NodeVote.Default), refused)
                        : PrivvalEncoder.Proposal(Asked(NodeProposal.Default), refused);
                    expected = isVote ? NodeWire.SignedVoteError(2, refusal.ToString()) : NodeWire.SignedProposalError(2, refusal.ToString());
                    break;
            }

            Assert.Equal(
                Convert.ToHexStringLower(NodeWire.AsSeenBy(version, expected)), Convert.ToHexStringLower(NodeWire.AsSeenBy(version, actual)));
        });
    }

    // Field 1 as Go 0.38 writes it, then fields 3 and 4 as Go 1.0 does.
    [Theory]
    [InlineData(KeyAlgorithm.Ed25519, "ed25519")]
    [InlineData(KeyAlgorithm.Secp256k1, "secp256k1")]
    public void A_public_key_is_sent_in_both_forms_at_once(KeyAlgorithm algorithm, string type)
    {
        var key = new PublicKey(algorithm, Enumerable.Range(2, PublicKey.SizeOf(algorithm)).Select(i => (byte)i).ToArray());
        var (older, newer) = (NodeWire.PubKeyResponse(key.Span.ToArray()), NodeWire.PubKeyResponse(key.Span.ToArray(), type));

        var reply = PrivvalEncoder.PubKey(key);

        byte[] fields = [.. older[3..], .. newer[3..]]; // Behind the length of the frame, the tag and the length of the message.
        Assert.Equal([(byte)(fields.Length + 2), 0x12, (byte)fields.Length, .. fields], reply);
    }

    [Fact]
    public void A_reply_takes_the_recorded_timestamp_not_the_one_asked()
    {
        var asked = NodeVote.Default with { Type = 1, Height = 5, Timestamp = new Timestamp(1_700_000_000, 1) };
        var recorded = new Timestamp(1_600_000_000, 2);
        var signature = new Signature(new byte[64]);

        var reply = PrivvalEncoder.Vote(Asked(asked), new SignReply.Signed(signature, recorded, null));

        Assert.Equal(NodeWire.SignedVoteResponse(asked with { Timestamp = recorded, Signature = signature.Span.ToArray() }), reply);
    }

    [Theory]
    [InlineData("1200", 2)] // PubKeyResponse
    [InlineData("2200", 4)] // SignedVoteResponse
    [InlineData("3200", 6)] // SignedProposalResponse
    [InlineData("4200", 8)] // PingResponse
    [InlineData("5200", 10)] // SignBytesResponse of 1.0
    [InlineData("5a00", 0)] // a field no version knows
    [InlineData("", 0)]
    [InlineData("12003a00", -1)] // a reply and then a ping: the last one counts
    public void A_message_that_is_no_request_is_told_apart(string body, int field)
    {
        Assert.True(PrivvalDecoder.TryDecode(Convert.FromHexString(body), out var request, out _));

        Assert.Equal(field < 0 ? new PrivvalRequest.Ping() : new PrivvalRequest.Unknown(field), request);
    }

    [Theory]
    [InlineData("1a0200", 3)] // cut inside a vote
    [InlineData("1a020a05", 3)]
    [InlineData("2a0100", 5)]
    [InlineData("0a0100", 1)]
    [InlineData("3a0100", 7)]
    [InlineData("4a020800", 9)] // a number where bytes belong
    [InlineData("4a020a05", 9)]
    [InlineData("1800", 3)] // a number where a message belongs
    [InlineData("00", 0)]
    public void A_message_that_Go_does_not_decode_is_malformed_and_says_which_one_it_would_have_been(string body, int field)
    {
        Assert.False(PrivvalDecoder.TryDecode(Convert.FromHexString(body), out var request, out var error));

        Assert.Equal(new PrivvalRequest.Malformed(field, error!), request);
    }

    // Google's wire types: a number, 8 bytes, bytes, 4 bytes.
    [Theory]
    [InlineData(3, new[] { 0, 0, 0, 2, 2, 2, 0, 2, 2, 2, 2, 2 })]
    [InlineData(5, new[] { 0, 0, 0, 0, 2, 2, 2 })]
    public void A_known_field_of_another_wire_type_makes_a_message_malformed(int message, int[] wireTypes)
    {
        var values = new Dictionary<int, byte[]> { [0] = [1], [1] = new byte[8], [2] = [0], [5] = new byte[4] };
        foreach (var (index, right) in wireTypes.Index())
        {
            foreach (var (wireType, value) in values)
            {
                byte[] inner = [(byte)((index + 1) << 3 | wireType), .. value];
                byte[] request = [(byte)(1 << 3 | 2), (byte)inner.Length, .. inner];
                byte[] body = [(byte)(message << 3 | 2), (byte)request.Length, .. request];
                Assert.Equal(wireType == right, PrivvalDecoder.TryDecode(body, out _, out _));
            }
        }
    }

    [Fact]
    public void A_message_that_is_no_request_is_answered_in_the_reply_the_node_waits_for()
    {
        var refusal = new Refusal(RefusalReason.InvalidRequest, Chain, null, null, "what came is no message");

        Assert.Equal(NodeWire.SignedVoteError(1, refusal.ToString()), PrivvalEncoder.Refusal(3, refusal));
        Assert.Equal(NodeWire.SignedProposalError(1, refusal.ToString()), PrivvalEncoder.Refusal(5, refusal));
        Assert.Equal(NodeWire.SignedRawBytesError(1, refusal.ToString()), PrivvalEncoder.Refusal(9, refusal));
        Assert.All(new[] { 0, 1, 2, 4, 6, 7, 8, 10, 99 }, field =>
            Assert.Equal(NodeWire.PubKeyError(1, refusal.ToString()), PrivvalEncoder.Refusal(field, refusal)));
    }

    [Fact]
    public void A_double_sign_has_code_2_as_in_tmkms_and_everything_else_code_1() =>
        Assert.All(Enum.GetValues<RefusalReason>(), reason => Assert.Equal(
            reason == RefusalReason.DoubleSign ? 2 : 1, RemoteSignerError.From(new Refusal(reason, Chain, null, null)).Code));

    [Fact]
    public void Whatever_was_asked_a_reply_fits_into_what_a_node_reads()
    {
        var request = Wire.Decode(NodeWire.SignVoteRequest(
            Enumerable.Repeat((byte)'c', 100_000).ToArray(),
            new NodeVote(2, long.MinValue, int.MinValue, new NodeBlockId(new byte[32], uint.MaxValue, new byte[32]), Timestamp.GoZero,
                new byte[100_000], int.MinValue, new byte[100_000], new byte[300_000], new byte[100_000]) { NonRpExtension = new byte[200_000] }));
        var vote = Assert.IsType<PrivvalRequest.SignVote>(request);
        var signature = new Signature(new byte[64]);
        var longest = new Refusal(
            RefusalReason.WrongChain, vote.Chain, new Hrs(1, 1, Step.Prevote), new Hrs(1, 1, Step.Prevote), new string('語', 100_000));

        var signed = new SignReply.Signed(signature, Timestamp.GoZero, signature) { NonRpExtensionSignature = signature };
        Assert.True(PrivvalEncoder.Vote(vote.Vote, signed).Length < Core.Limits.MaxReplyBytes);
        Assert.True(PrivvalEncoder.Vote(vote.Vote, new SignReply.Refused(longest)).Length < Core.Limits.MaxReplyBytes);
        Assert.True(PrivvalEncoder.PubKeyError(RemoteSignerError.From(longest)).Length < Core.Limits.MaxReplyBytes);
    }

    private static List<Vector> Messages(string version, string ending) =>
    [
        .. CometBft.Load(version, "messages").All("messages")
            .Where(message => message.Text("kind").EndsWith(ending, StringComparison.Ordinal) && !CometBft.IsSignBytes(message)),
    ];

    private static byte[] Written(string version, string kind, Vector fields)
    {
        var error = fields.Has("error") ? fields.In("error") : (Vector?)null;
        return kind switch
        {
            "PingRequest" => NodeWire.PingRequest(),
            "PingResponse" => NodeWire.PingResponse(),
            "PubKeyRequest" => NodeWire.PubKeyRequest(Utf8(fields)),
            "PubKeyResponse" when error is { } e => NodeWire.PubKeyError(e.Int("code"), e.Text("description")),
            "PubKeyResponse" when version == "v1.0" => NodeWire.PubKeyResponse(fields.Hex("pub_key_bytes"), fields.Text("pub_key_type")),
            "PubKeyResponse" => NodeWire.PubKeyResponse(fields.Hex("pub_key_bytes")),
            "SignVoteRequest" => NodeWire.SignVoteRequest(Utf8(fields), NodeVote.Of(fields.In("vote")), fields.Flag("skip_extension_signing")),
            "SignProposalRequest" => NodeWire.SignProposalRequest(Utf8(fields), NodeProposal.Of(fields.In("proposal"))),
            "SignedVoteResponse" when error is { } e => NodeWire.SignedVoteError(e.Int("code"), e.Text("description")),
            "SignedVoteResponse" => NodeWire.SignedVoteResponse(NodeVote.Of(fields.In("vote"))),
            "SignedProposalResponse" when error is { } e => NodeWire.SignedProposalError(e.Int("code"), e.Text("description")),
            "SignedProposalResponse" => NodeWire.SignedProposalResponse(NodeProposal.Of(fields.In("proposal"))),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
        };
    }

    private static byte[] Utf8(Vector fields) => System.Text.Encoding.UTF8.GetBytes(fields.Text("chain_id"));

    private static Signature? OrNull(byte[] signature) => signature.Length == 0 ? null : new Signature(signature);

    private static Vote Asked(NodeVote vote) =>
        ((PrivvalRequest.SignVote)Wire.Decode(NodeWire.SignVoteRequest([], vote))).Vote;

    private static Proposal Asked(NodeProposal proposal) =>
        ((PrivvalRequest.SignProposal)Wire.Decode(NodeWire.SignProposalRequest([], proposal))).Proposal;

    private static void AssertFields(NodeVote expected, Vote actual)
    {
        Assert.Equal(
            (expected.Type, expected.Height, expected.Round, expected.Timestamp, expected.Index),
            (actual.Type, actual.Height, actual.Round, actual.Timestamp, actual.ValidatorIndex));
        Assert.Equal(expected.Address, actual.ValidatorAddress.ToArray());
        Assert.Equal(expected.Extension, actual.Extension.ToArray());
        Assert.Equal(expected.NonRpExtension, actual.NonRpExtension.ToArray());
        AssertFields(expected.Block, actual.BlockId);
    }

    private static void AssertFields(NodeProposal expected, Proposal actual)
    {
        Assert.Equal(
            (expected.Type, expected.Height, expected.Round, expected.PolRound, expected.Timestamp),
            (actual.Type, actual.Height, actual.Round, actual.PolRound, actual.Timestamp));
        AssertFields(expected.Block, actual.BlockId);
    }

    private static void AssertFields(NodeBlockId expected, WireBlockId actual)
    {
        Assert.Equal(expected.Hash, actual.Hash.ToArray());
        Assert.Equal(expected.PartsTotal, actual.PartsTotal);
        Assert.Equal(expected.PartsHash, actual.PartsHash.ToArray());
    }
}
