using Kms.Core.Consensus;
using Kms.Protocol.Privval;
using Kms.Protocol.SignBytes;
using Kms.Protocol.Tests.Privval;
using Kms.Testing;

namespace Kms.Protocol.Tests.SignBytes;

/// <summary>The bytes that are signed, against CometBFT's: what it signs, what it signs and we refuse, what it panics on.</summary>
public class CanonicalSignBytesTests
{
    public static TheoryData<string> Versions => CometBft.Versions;

    [Theory, MemberData(nameof(Versions))]
    public void Votes_have_the_sign_bytes_of_CometBFT(string version) =>
        Assert.All(Votes(version), vector =>
        {
            var (chain, vote) = (new ChainId(vector.Hex("chain_id_hex")), vector.In("vote"));

            var bytes = CanonicalSignBytes.Vote(
                chain, vote.Int("type"), vote.Number("height"), vote.Int("round"), CometBft.Block(vote), vote.Time("timestamp"));

            Assert.Equal(vector.Text("sign_bytes"), bytes.ToString());
        });

    [Theory, MemberData(nameof(Versions))]
    public void Proposals_have_the_sign_bytes_of_CometBFT(string version) =>
        Assert.All(Proposals(version), vector =>
        {
            var (chain, proposal) = (new ChainId(vector.Hex("chain_id_hex")), vector.In("proposal"));

            var bytes = CanonicalSignBytes.Proposal(
                chain, proposal.Number("height"), proposal.Int("round"),
                proposal.Int("pol_round"), CometBft.Block(proposal), proposal.Time("timestamp"));

            Assert.Equal(vector.Text("sign_bytes"), bytes.ToString());
        });

    [Theory, InlineData("v0.38"), InlineData("v1.0")]
    public void Vote_extensions_have_the_sign_bytes_of_CometBFT(string version) =>
        Assert.All(Votes(version), vector =>
        {
            var (chain, vote) = (new ChainId(vector.Hex("chain_id_hex")), vector.In("vote"));

            var bytes = CanonicalSignBytes.VoteExtension(chain, vote.Number("height"), vote.Int("round"), vote.Hex("extension"));

            Assert.Equal(vector.Text("ext_sign_bytes"), bytes.ToString());
        });

    [Theory, MemberData(nameof(Versions))]
    public void Decoded_votes_carry_the_sign_bytes_of_CometBFT(string version) =>
        Assert.All(Votes(version), vector =>
        {
            var request = Assert.IsType<PrivvalRequest.SignVote>(Wire.Decode(vector.Hex("request_wire")));

            Assert.Equal(new ChainId(vector.Hex("chain_id_hex")), request.Chain);
            if (vector.In("vote").Int("type") is not (1 or 2))
            {
                // CometBFT computes bytes for a vote type that does not exist. FilePV panics on it.
                Assert.StartsWith("unknown vote type", request.Asked.Error, StringComparison.Ordinal);
                return;
            }

            var vote = Assert.IsType<VoteRequest>(request.Asked.Request);
            Assert.Equal(vector.Text("sign_bytes"), vote.SignBytes.ToString());
        });

    [Theory, MemberData(nameof(Versions))]
    public void Decoded_proposals_carry_the_sign_bytes_of_CometBFT(string version) =>
        Assert.All(Proposals(version), vector =>
        {
            var request = Assert.IsType<PrivvalRequest.SignProposal>(Wire.Decode(vector.Hex("request_wire")));

            Assert.Equal(vector.Text("sign_bytes"), request.Asked.Request?.SignBytes.ToString());
        });

    [Theory, InlineData("v0.38"), InlineData("v1.0")]
    public void An_extension_is_signed_exactly_where_FilePV_signs_one(string version) =>
        Assert.All(Votes(version).Where(vector => vector.In("vote").Int("type") is 1 or 2), vector =>
        {
            var vote = (VoteRequest)Wire.Asked(Wire.Decode(vector.Hex("request_wire")))!.Value.Request!;

            Assert.Equal(vector.Flag("signs_ext") ? vector.Text("ext_sign_bytes") : null, vote.ExtensionSignBytes?.ToString());
            Assert.Equal(vote.ExtensionSignBytes is null ? null : "", vote.NonRpExtensionSignBytes?.ToString());
            Assert.Equal(vector.In("vote").Text("extension").Length > 0, vote.CarriesExtension);
        });

    [Theory, MemberData(nameof(Versions))]
    public void What_CometBFT_panics_on_is_refused(string version)
    {
        var file = CometBft.Load(version, "signbytes");
        var panics = file.All("votes").Concat(file.All("proposals")).Where(vector => vector.Has("panics")).ToList();

        Assert.Equal(7, panics.Count);
        Assert.All(panics, vector =>
        {
            // Timestamps that cannot be encoded are decoding errors; hashes of another length are decoded and refused.
            var request = Wire.TryDecode(RequestOf(vector), out var error);
            Assert.NotNull(error ?? Wire.Asked(request)!.Value.Error);
            Assert.Null(Wire.Asked(request)?.Request);
        });
    }

    [Theory, MemberData(nameof(Versions))]
    public void Signatures_of_two_implementations_are_those_of_CometBFT(string version)
    {
        var file = CometBft.Load(version, "signbytes");
        var (seed, key) = (CometBft.Seed(file), CometBft.PublicKey(file));
        var signed = file.All("votes").Concat(file.All("proposals")).SelectMany(vector => new[]
        {
            (Bytes: vector.Hex("sign_bytes"), Signature: vector.Text("signature")),
            (Bytes: vector.Hex("ext_sign_bytes"), Signature: vector.Text("ext_signature")),
        }).Where(pair => pair.Bytes.Length > 0).ToList();

        Assert.True(signed.Count > 400);
        Assert.All(signed, pair =>
        {
            var signature = CometBft.Sign(seed, pair.Bytes);
            Assert.Equal(pair.Signature, signature.ToString());
            Assert.Equal(signature, CometBft.SignWithBouncyCastle(seed, pair.Bytes));
            Assert.True(SignatureVerifier.Verify(key, pair.Bytes, signature));
        });
    }

    private static IEnumerable<Vector> Votes(string version) =>
        CometBft.Load(version, "signbytes").All("votes").Where(vector => !vector.Has("panics"));

    private static IEnumerable<Vector> Proposals(string version) =>
        CometBft.Load(version, "signbytes").All("proposals").Where(vector => !vector.Has("panics"));

    // Go cannot encode a timestamp outside its range, so those vectors come without a request.
    private static byte[] RequestOf(Vector vector) =>
        vector.Has("request_wire") ? vector.Hex("request_wire")
        : vector.Has("vote") ? NodeWire.SignVoteRequest(vector.Hex("chain_id_hex"), NodeVote.Of(vector.In("vote")))
        : NodeWire.SignProposalRequest(vector.Hex("chain_id_hex"), NodeProposal.Of(vector.In("proposal")));
}
