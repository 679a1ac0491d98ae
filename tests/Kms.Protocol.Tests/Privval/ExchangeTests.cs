using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Protocol.Privval;
using Kms.Testing;

namespace Kms.Protocol.Tests.Privval;

/// <summary>Request frame in, reply frame out, against CometBFT's own signer with a fresh state for every request.</summary>
public class ExchangeTests
{
    public static TheoryData<string> Versions => CometBft.Versions;

    [Theory, MemberData(nameof(Versions))]
    public void Replies_are_those_of_CometBFT_but_for_named_differences(string version)
    {
        var file = CometBft.Load(version, "messages");
        var exchanges = file.All("exchanges").Where(exchange => !CometBft.IsSignBytes(exchange)).ToList();

        Assert.Equal(83, exchanges.Count);
        Assert.All(exchanges, exchange =>
        {
            var signer = new StraightLine(
                new ChainId(exchange.Text("signer_chain_id")), CometBft.Seed(file), CometBft.PublicKey(file), CometBft.HasExtensions(version));
            var reference = exchange.Hex("reference_response_wire");

            var reply = signer.Answer(exchange.Hex("request_wire"));

            // Difference 0: one reply serves every version.
            var (expected, seen) = (NodeWire.AsSeenBy(version, Expected(exchange, signer, reference)), NodeWire.AsSeenBy(version, reply));
            Assert.Equal(Convert.ToHexStringLower(expected), Convert.ToHexStringLower(seen));
            // With one extension signature goes the other one.
            Assert.Equal(NodeWire.Without(reply, 4, 1, 10).Length, NodeWire.Without(reply, 4, 1, 12).Length);
        });
    }

    private static byte[] Expected(Vector exchange, StraightLine signer, byte[] reference)
    {
        var isVote = exchange.Text("response_kind") == "SignedVoteResponse";

        // Difference 1: the sentence of an error is ours, and its code is 1 instead of 0, because a proto3 code of 0 reads as none.
        if (exchange.Has("response_error_description"))
        {
            var chain = new ChainId(exchange.Text("signer_chain_id"));
            return signer.Decision is SignDecision.Refuse { Refusal: var refused } && isVote
                ? NodeWire.SignedVoteError(1, refused.ToString())
                : NodeWire.PubKeyError(1, new Refusal(RefusalReason.WrongChain, chain, null, null, "the request names chain other").ToString());
        }

        // Difference 2: FilePV signs height 0 and negative heights and rounds; no chain has them.
        if (signer.Decision is SignDecision.Refuse { Refusal: { Reason: RefusalReason.InvalidRequest } refusal })
        {
            Assert.True(refusal.Asked!.Value.Height.Value < 1 || refusal.Asked!.Value.Round.Value < 0);
            return isVote ? NodeWire.SignedVoteError(1, refusal.ToString()) : NodeWire.SignedProposalError(1, refusal.ToString());
        }

        // Difference 3: the extension is not sent back.
        return isVote ? NodeWire.Without(reference, 4, 1, 9) : reference;
    }
}
