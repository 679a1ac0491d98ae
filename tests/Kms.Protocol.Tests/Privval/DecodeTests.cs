using Kms.Protocol.Privval;
using Kms.Protocol.SignBytes;
using Kms.Testing;

namespace Kms.Protocol.Tests.Privval;

/// <summary>Odd and hostile frames: accepted with the same value, or refused, as Go's decoder does.</summary>
public class DecodeTests
{
    // The limit of the versions that made the vectors (privval/signer_endpoint.go); ours is higher for newer nodes.
    private const int Limit = 10 * 1024;

    // A field that came with a later version is unknown to the decoder of an older one; here it is known for every version. No older node sends
    // it, and the sign bytes of the vote are the same. First the extension of 0.38, then skip_extension_signing of 1.0.
    private static readonly (string Version, string Id)[] LaterFields =
        [("v0.34", "dec-0051"), ("v0.34", "dec-0049"), ("v0.34", "dec-0050"), ("v0.38", "dec-0049"), ("v0.38", "dec-0050")];

    // The same with 2.0's non-replay-protected extension, of which there are no vectors, in a wire type that it does not have.
    private const string NoNonRpExtension = "dec-0142";

    public static TheoryData<string> Versions => CometBft.Versions;

    [Theory, MemberData(nameof(Versions))]
    public void Frames_are_accepted_and_refused_as_in_Go(string version) =>
        Assert.All(Cases(version), vector =>
        {
            var request = Wire.TryDecode(vector.Hex("wire"), out var error, Limit);

            Assert.True(vector.Has("error") == error is not null, $"CometBFT: {vector.Text("error")}, here: {error}");
            Assert.Equal(error is null, request is not null);
        });

    [Theory, MemberData(nameof(Versions))]
    public void Accepted_frames_are_the_same_message_as_in_Go(string version) =>
        Assert.All(Accepted(version), vector =>
        {
            var kind = Wire.TryDecode(vector.Hex("wire"), out _, Limit) switch
            {
                PrivvalRequest.PubKey => "PubKeyRequest",
                PrivvalRequest.SignVote => "SignVoteRequest",
                PrivvalRequest.SignProposal => "SignProposalRequest",
                PrivvalRequest.Ping => "PingRequest",
                PrivvalRequest.SignRawBytes when version == "v1.0" => "SignBytesRequest",
                _ => "",
            };

            Assert.Equal(vector.Text("kind"), kind);
        });

    [Theory, MemberData(nameof(Versions))]
    public void A_frame_and_what_Go_makes_of_it_decode_to_equal_requests(string version) =>
        Assert.All(Accepted(version).Where(vector => !LaterFields.Contains((version, vector.Text("id")))), vector =>
        {
            var original = Wire.TryDecode(vector.Hex("wire"), out _, Limit)!;
            var reencoded = Wire.TryDecode(vector.Hex("reencoded_wire"), out _, Limit)!;

            // A message of a field that version does not know is empty there.
            if (original is PrivvalRequest.Unknown || (original is PrivvalRequest.SignRawBytes && version != "v1.0")) Assert.IsType<PrivvalRequest.Unknown>(reencoded);
            // Go writes an absent vote as absent, and an empty one as a default vote.
            else Assert.Equal(Wire.Describe(reencoded), Wire.Describe(original));
        });

    [Theory, MemberData(nameof(Versions))]
    public void The_chain_id_keeps_every_byte(string version) =>
        Assert.All(Accepted(version).Where(vector => vector.Has("chain_id_hex")), vector =>
        {
            var chain = Wire.TryDecode(vector.Hex("wire"), out _, Limit) switch
            {
                PrivvalRequest.SignVote request => request.Chain,
                PrivvalRequest.SignProposal request => request.Chain,
                _ => null,
            };

            Assert.Equal(vector.Text("chain_id_hex"), Convert.ToHexStringLower(chain!.Utf8));
        });

    [Theory, MemberData(nameof(Versions))]
    public void Sign_requests_have_the_sign_bytes_of_Go_and_none_where_it_panics(string version) =>
        Assert.All(Accepted(version).Where(vector => vector.Text("kind") is "SignVoteRequest" or "SignProposalRequest"), vector =>
        {
            var request = Wire.TryDecode(vector.Hex("wire"), out _, Limit);
            var asked = Wire.Asked(request)!.Value;
            if (request is PrivvalRequest.SignVote { Vote.Type: not (CanonicalSignBytes.PrevoteType or CanonicalSignBytes.PrecommitType) })
            {
                // Go computes bytes for a vote type that does not exist; its own signer panics before it signs them.
                Assert.Null(asked.Request);
                Assert.NotNull(asked.Error);
                return;
            }

            Assert.Equal(vector.Has("sign_bytes_panics"), asked.Error is not null);
            Assert.Equal(vector.Has("sign_bytes_panics") ? null : vector.Text("sign_bytes"), asked.Request?.SignBytes.ToString());
        });

    [Theory, MemberData(nameof(Versions))]
    public void A_field_of_2_0_in_another_wire_type_is_refused_as_by_2_0(string version)
    {
        var vector = CometBft.Load(version, "decode").All("cases").Single(vector => vector.Text("id") == NoNonRpExtension);

        Assert.Null(Wire.TryDecode(vector.Hex("wire"), out var error, Limit));
        Assert.Equal("field 11 has wire type 0 instead of 2", error);
    }

    private static IEnumerable<Vector> Cases(string version) =>
        CometBft.Load(version, "decode").All("cases").Where(vector => vector.Text("id") != NoNonRpExtension);

    private static IEnumerable<Vector> Accepted(string version) => Cases(version).Where(vector => !vector.Has("error"));
}
