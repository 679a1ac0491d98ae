using Kms.Core.Signing;
using Kms.Protocol.SecretConnection;
using Kms.Testing;
using NSec.Cryptography;

namespace Kms.Protocol.Tests.SecretConnection;

/// <summary>Whole handshakes of two unmodified CometBFT ends with fixed randomness, replayed with either end as ours.</summary>
public class HandshakeTests
{
    private static readonly Vector File = CometBft.Load("v0.38", "secretconn");

    public static TheoryData<string> Ends => ["a", "b"];

    [Theory, MemberData(nameof(Ends))]
    public void Keys_and_challenge_are_those_of_CometBFT(string end) => Assert.All(File.All("handshakes"), handshake =>
    {
        var (local, remote) = (handshake.In(end), handshake.In(Other(end)));
        using var ephemeral = Ephemeral(local.Hex("ephemeral_priv"));
        Assert.Equal(local.Text("ephemeral_pub"), Convert.ToHexStringLower(ephemeral.PublicKey.Export(KeyBlobFormat.RawPublicKey)));

        using var secrets = HandshakeSecrets.Derive(ephemeral, remote.Hex("ephemeral_pub"))!;

        Assert.Equal(handshake.Text("challenge"), Convert.ToHexStringLower(secrets.Challenge));
        Assert.Equal(local.Text("recv_key"), Convert.ToHexStringLower(secrets.ReceiveKey));
        Assert.Equal(local.Text("send_key"), Convert.ToHexStringLower(secrets.SendKey));
    });

    [Fact]
    public void Derived_keys_are_those_of_CometBFT() => Assert.All(File.All("derive_secrets"), vector =>
    {
        using var secrets = HandshakeSecrets.FromDhSecret(vector.Hex("dh_secret"), vector.Flag("local_is_least"));

        Assert.Equal(vector.Text("recv_key"), Convert.ToHexStringLower(secrets.ReceiveKey));
        Assert.Equal(vector.Text("send_key"), Convert.ToHexStringLower(secrets.SendKey));
    });

    [Theory, MemberData(nameof(Ends))]
    public void Handshake_messages_are_those_of_CometBFT(string end) => Assert.All(File.All("handshakes"), handshake =>
    {
        var local = handshake.In(end);
        using var identity = IdentityKey.FromSeed(local.Hex("static_seed"));
        var proof = identity.Sign(handshake.Hex("challenge"));

        Assert.Equal(local.Text("static_pubkey"), identity.PublicKey.ToString());
        Assert.Equal(local.Text("ephemeral_message"), Convert.ToHexStringLower(HandshakeMessages.EncodeEphemeral(local.Hex("ephemeral_pub"))));
        Assert.Equal(local.Text("auth_signature"), proof.ToString());
        Assert.Equal(local.Text("auth_message"), Convert.ToHexStringLower(HandshakeMessages.EncodeAuth(identity.PublicKey, proof)));
    });

    [Theory]
    [InlineData("a", int.MaxValue)]
    [InlineData("b", int.MaxValue)]
    [InlineData("a", 1)]
    [InlineData("b", 7)]
    public async Task What_is_sent_is_what_CometBFT_sends_and_what_it_sent_is_understood(string end, int piece)
    {
        foreach (var handshake in File.All("handshakes"))
        {
            var (local, remote) = (handshake.In(end), handshake.In(Other(end)));
            var peer = new ScriptedStream(remote.Hex("whole_stream"), piece);
            using var identity = IdentityKey.FromSeed(local.Hex("static_seed"));
            using var ephemeral = Ephemeral(local.Hex("ephemeral_priv"));

            await using var connection = await SecretConnectionStream.HandshakeAsync(peer, identity, ephemeral, CancellationToken.None);
            foreach (var write in local.All("app_writes")) await connection.WriteAsync(write.Hex("data"));
            var received = new MemoryStream();
            await connection.CopyToAsync(received);

            Assert.Equal(remote.Text("static_pubkey"), connection.RemoteKey.ToString());
            AssertSameStream(local, local.Hex("whole_stream"), peer.Outgoing.ToArray());
            Assert.Equal(
                string.Concat(remote.All("app_writes").Select(write => write.Text("data"))),
                Convert.ToHexStringLower(received.ToArray()));
        }
    }

    [Fact]
    public async Task The_connection_owns_the_stream_and_leaves_the_identity_to_its_owner()
    {
        var (local, remote) = (File.All("handshakes")[0].In("a"), File.All("handshakes")[0].In("b"));
        var peer = new ScriptedStream(remote.Hex("whole_stream"));
        using var identity = IdentityKey.FromSeed(local.Hex("static_seed"));
        using var ephemeral = Ephemeral(local.Hex("ephemeral_priv"));

        var connection = await SecretConnectionStream.HandshakeAsync(peer, identity, ephemeral, CancellationToken.None);
        await connection.DisposeAsync();

        Assert.True(peer.Closed);
        Assert.Equal(Signature.Size, identity.Sign("still usable"u8).Length);
    }

    // Byte for byte up to the end of the handshake, and as many frames of the same data behind it. Their padding is another: Go takes
    // its frames from a pool and leaves in them what an earlier one held; here they are zeroed.
    private static void AssertSameStream(Vector local, byte[] expected, byte[] actual)
    {
        var handshake = local.Hex("ephemeral_message").Length + FrameCipher.SealedSize;
        Assert.Equal(expected[..handshake], actual[..handshake]);
        Assert.Equal(Chunks(local, expected), Chunks(local, actual));
    }

    private static List<string> Chunks(Vector local, byte[] stream)
    {
        using var cipher = new FrameCipher(local.Hex("send_key"));
        var chunks = new List<string>();
        var frames = stream.AsSpan(local.Hex("ephemeral_message").Length);
        for (var data = new byte[FrameCipher.MaxData]; !frames.IsEmpty; frames = frames[FrameCipher.SealedSize..])
        {
            var length = cipher.Open(frames[..FrameCipher.SealedSize], data, out var error);
            Assert.Null(error);
            chunks.Add(Convert.ToHexStringLower(data.AsSpan(0, length)));
        }

        return chunks;
    }

    internal static Key Ephemeral(byte[] scalar) => Key.Import(KeyAgreementAlgorithm.X25519, scalar, KeyBlobFormat.RawPrivateKey);

    private static string Other(string end) => end == "a" ? "b" : "a";
}
