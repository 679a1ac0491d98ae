using Kms.Protocol.SecretConnection;
using Kms.Testing;

namespace Kms.Protocol.Tests.SecretConnection;

/// <summary>Peers that do everything but behave: low-order points, forged and cut messages, replayed and reordered frames. Accepted
/// where CometBFT accepts, refused where it refuses.</summary>
public class ScriptedPeerTests
{
    private static readonly Vector File = CometBft.Load("v0.38", "secretconn");

    public static TheoryData<string> Accepted => [.. Peers(accepted: true)];

    public static TheoryData<string> Refused => [.. Peers(accepted: false)];

    [Theory, MemberData(nameof(Refused))]
    public async Task A_peer_that_CometBFT_refuses_is_refused_with_a_sentence_and_the_connection_is_closed(string name)
    {
        var vector = Find(name);
        var peer = new ScriptedStream(vector.Hex("incoming"));

        var refusal = await Assert.ThrowsAsync<SecretConnectionException>(() => Shake(vector, peer));

        Assert.NotEmpty(refusal.Message);
        Assert.True(peer.Closed);
        // Go reads and writes at once, so how much it had sent is a matter of luck; the bytes are not.
        var (ours, theirs) = (Convert.ToHexStringLower(peer.Outgoing.ToArray()), vector.Text("outgoing"));
        Assert.True(ours.StartsWith(theirs, StringComparison.Ordinal) || theirs.StartsWith(ours, StringComparison.Ordinal));
    }

    [Theory, MemberData(nameof(Accepted))]
    public async Task A_peer_that_CometBFT_accepts_is_accepted_and_read_alike(string name)
    {
        var vector = Find(name);
        var peer = new ScriptedStream(vector.Hex("incoming"));

        await using var connection = await Shake(vector, peer);

        Assert.Equal(vector.Text("remote_pubkey"), connection.RemoteKey.ToString());
        Assert.Equal(vector.Text("outgoing"), Convert.ToHexStringLower(peer.Outgoing.ToArray()));
        foreach (var read in vector.All("reads"))
        {
            if (read.Has("error"))
            {
                await Assert.ThrowsAsync<SecretConnectionException>(async () => await connection.ReadExactlyAsync(new byte[1]));
                continue;
            }

            var buffer = new byte[read.Hex("data").Length];
            await connection.ReadExactlyAsync(buffer);
            Assert.Equal(read.Text("data"), Convert.ToHexStringLower(buffer));
        }
    }

    [Fact]
    public async Task Whatever_bit_of_a_handshake_is_flipped_the_peer_is_refused()
    {
        var vector = Find(Peers(accepted: true).First());
        var good = vector.Hex("incoming");
        // The two varints in front of the ephemeral key, the key, the sealed proof of identity: one bit of every byte. The key's
        // highest bit is not part of the point, so another one is flipped there; the proof binds the bytes as they were sent.
        for (var i = 0; i < 35 + FrameCipher.SealedSize; i++)
        {
            var bad = good.ToArray();
            bad[i] ^= (byte)(1 << (i % 7));
            await Assert.ThrowsAsync<SecretConnectionException>(() => Shake(vector, new ScriptedStream(bad)));
        }
    }

    [Fact]
    public async Task Wherever_a_handshake_is_cut_off_the_peer_is_refused()
    {
        var vector = Find(Peers(accepted: true).First());
        var good = vector.Hex("incoming");
        for (var length = 0; length < 35 + FrameCipher.SealedSize; length++)
            await Assert.ThrowsAsync<SecretConnectionException>(() => Shake(vector, new ScriptedStream(good[..length])));
    }

    [Fact]
    public async Task A_silent_peer_is_waited_for_only_until_the_caller_cancels()
    {
        var vector = Find(Peers(accepted: true).First());
        using var cancel = new CancellationTokenSource();
        var peer = new ScriptedStream([])
        {
            AtEnd = async token =>
            {
                await cancel.CancelAsync();
                await Task.Delay(Timeout.Infinite, token);
                return 0;
            },
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Shake(vector, peer, cancel.Token));

        Assert.True(peer.Closed);
    }

    private static async Task<SecretConnectionStream> Shake(Vector vector, ScriptedStream peer, CancellationToken cancel = default)
    {
        using var identity = IdentityKey.FromSeed(vector.Hex("local_static_seed"));
        using var ephemeral = HandshakeTests.Ephemeral(vector.Hex("local_ephemeral_priv"));
        return await SecretConnectionStream.HandshakeAsync(peer, identity, ephemeral, cancel);
    }

    private static IEnumerable<string> Peers(bool accepted) =>
        File.All("scripted_peers").Where(peer => peer.Text("handshake_error").Length == 0 == accepted).Select(peer => peer.ToString());

    private static Vector Find(string name) => File.All("scripted_peers").Single(peer => peer.ToString() == name);
}
