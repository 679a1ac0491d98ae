using Kms.Core.Consensus;
using Kms.Protocol.Privval;
using Kms.Protocol.SignBytes;
using Kms.Testing;

namespace Kms.Protocol.Tests.Privval;

/// <summary>Which extensions of a vote are signed, over which bytes, and which never: every combination that a node can send.</summary>
public class VoteExtensionTests
{
    private static readonly ChainId Chain = new("test-chain-1");
    private static readonly NodeBlockId ABlock = new(new byte[32], 1, new byte[32]);

    public static TheoryData<int, bool, byte[], byte[]> Votes
    {
        get
        {
            var votes = new TheoryData<int, bool, byte[], byte[]>();
            byte[][] contents = [[], "data"u8.ToArray()];
            foreach (var type in new[] { 1, 2 })
                foreach (var isNil in new[] { false, true })
                    foreach (var extension in contents)
                        foreach (var nonRpExtension in contents) votes.Add(type, isNil, extension, nonRpExtension);
            return votes;
        }
    }

    // CometBFT 2.0, privval/file.go, signVote; types/vote.go, VoteExtensionSignBytes.
    [Theory, MemberData(nameof(Votes))]
    public void Both_extensions_of_a_precommit_for_a_block_are_signed_even_empty_and_none_elsewhere(
        int type, bool isNil, byte[] extension, byte[] nonRpExtension)
    {
        var vote = Asked(type, isNil, extension, nonRpExtension, skips: false).Request as VoteRequest;

        Assert.Equal(extension.Length + nonRpExtension.Length > 0, vote!.CarriesExtension);
        var isSigned = type == 2 && !isNil;
        Assert.Equal(isSigned ? CanonicalSignBytes.VoteExtension(Chain, 5, 1, extension) : null, vote.ExtensionSignBytes);
        Assert.Equal(isSigned ? new Core.Consensus.SignBytes(nonRpExtension) : null, vote.NonRpExtensionSignBytes);
    }

    [Theory, MemberData(nameof(Votes))]
    public void A_node_that_wants_no_extension_signed_gets_none_and_no_complaint(int type, bool isNil, byte[] extension, byte[] nonRpExtension)
    {
        var plain = Asked(type, isNil, [], [], skips: true).Request;

        Assert.Equal(plain, Asked(type, isNil, extension, nonRpExtension, skips: true).Request);
        Assert.True(plain is VoteRequest { CarriesExtension: false, ExtensionSignBytes: null, NonRpExtensionSignBytes: null });
    }

    [Theory]
    [InlineData("00", false)]
    [InlineData("01", true)]
    [InlineData("8080808001", true)]
    [InlineData("80808080808080808001", true)]
    public void What_is_no_zero_means_skip_as_in_Go(string varint, bool skips)
    {
        var bare = NodeWire.SignVoteRequest([], NodeVote.Default with { Type = 2, Block = ABlock });
        // Behind the length of the frame, the tag and the length of the request.
        byte[] request = [.. bare[3..], 0x18, .. Convert.FromHexString(varint)];
        Assert.True(PrivvalDecoder.TryDecode([0x1A, (byte)request.Length, .. request], out var decoded, out _));

        var vote = (VoteRequest)Wire.Asked(decoded)!.Value.Request!;
        Assert.Equal(skips, vote.ExtensionSignBytes is null);
    }

    [Theory]
    [InlineData("votes", "sign_bytes", "a vote")]
    [InlineData("proposals", "sign_bytes", "a proposal")]
    [InlineData("votes", "ext_sign_bytes", "a vote extension")]
    public void A_non_replay_protected_extension_that_reads_as_a_message_of_consensus_is_refused(string kind, string field, string shape)
    {
        var messages = CometBft.Load("v1.0", "signbytes").All(kind)
            .Where(vector => vector.Has(field) && !vector.Has("panics"))
            .Where(vector => kind != "votes" || (vector.In("vote").Int("type") is 1 or 2 && vector.In("vote").Number("height") > 0)).ToList();

        Assert.True(messages.Count > 100);
        Assert.All(messages, vector =>
        {
            var forged = vector.Hex(field);
            var asked = Asked(2, isNil: false, "data"u8.ToArray(), forged, skips: false);

            Assert.Null(asked.Request);
            Assert.Contains(
                $"extension of the precommit at 5/1/2 is {shape}, and a signature over it could be used as such", asked.Error, StringComparison.Ordinal);

            // Where it is not signed, it is no danger.
            Assert.NotNull(Asked(2, isNil: false, [], forged, skips: true).Request);
            Assert.NotNull(Asked(2, isNil: true, [], forged, skips: false).Request);
            Assert.NotNull(Asked(1, isNil: false, [], forged, skips: false).Request);
        });
    }

    private static Asked Asked(int type, bool isNil, byte[] extension, byte[] nonRpExtension, bool skips)
    {
        var vote = NodeVote.Default with
        {
            Type = type, Height = 5, Round = 1, Block = isNil ? NodeVote.Default.Block : ABlock,
            Extension = extension, NonRpExtension = nonRpExtension,
        };
        return Wire.Asked(Wire.Decode(NodeWire.SignVoteRequest(Chain.Utf8.ToArray(), vote, skips)))!.Value;
    }
}
