using Kms.Core.Signing;
using Kms.Protocol.KeyEncoding;
using Kms.Protocol.SecretConnection;

namespace Kms.Protocol.Tests.KeyEncoding;

public class NodeIdTests
{
    public static TheoryData<string> Versions => CometBft.Versions;

    [Theory, MemberData(nameof(Versions))]
    public void Node_ids_and_validator_addresses_are_those_of_CometBFT(string version)
    {
        Assert.All(CometBft.Keys(version), key =>
        {
            var id = NodeId.Of(CometBft.KeyOf(key));

            Assert.Equal((key.Text("node_id"), key.Text("address")), (id.ToString(), id.ToString()));
        });
    }

    [Theory, MemberData(nameof(Versions))]
    public void An_identity_seed_gives_the_public_key_and_node_id_of_CometBFT(string version) =>
        Assert.All(CometBft.Load(version, "files").All("keys").Where(key => key.Text("type") == "ed25519"), key =>
        {
            using var identity = IdentityKey.FromSeed(key.Hex("seed"));

            Assert.Equal((key.Text("pub_key_bytes"), key.Text("node_id")), (identity.PublicKey.ToString(), identity.NodeId.ToString()));
        });

    [Theory]
    [InlineData("e8bc42dd97b9f9d6a0fadb8754e657122998453b", true)]
    [InlineData("E8BC42DD97B9F9D6A0FADB8754E657122998453B", true)]
    [InlineData("e8bc42dd97b9f9d6a0fadb8754e657122998453", false)]
    [InlineData("e8bc42dd97b9f9d6a0fadb8754e657122998453b00", false)]
    [InlineData("e8bc42dd97b9f9d6a0fadb8754e657122998453g", false)]
    [InlineData(" 8bc42dd97b9f9d6a0fadb8754e657122998453b", false)]
    [InlineData("", false)]
    public void A_node_id_is_40_hexadecimal_digits(string text, bool valid)
    {
        Assert.Equal(valid, NodeId.TryParse(text, out var id));
        Assert.Equal(valid ? text.ToLowerInvariant() : null, id?.ToString());
    }
}
