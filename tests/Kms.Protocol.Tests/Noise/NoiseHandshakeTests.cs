using Kms.Protocol.Noise;
using Kms.Testing;
using NSec.Cryptography;

namespace Kms.Protocol.Tests.Noise;

/// <summary>The state machine alone: other implementations' handshakes, replayed with either end as ours, and every way to spoil one.</summary>
public class NoiseHandshakeTests
{
    private static readonly Vector File = Vectors.Load("noise/xx");

    public static TheoryData<string, bool> Handshakes
    {
        get
        {
            var data = new TheoryData<string, bool>();
            foreach (var vector in File.All("vectors"))
            {
                data.Add(vector.Text("id"), true);
                data.Add(vector.Text("id"), false);
            }

            return data;
        }
    }

    [Fact]
    public void Every_public_set_is_there() =>
        Assert.Equal(["cacophony", "snow", "flynn-1", "flynn-2", "flynn-3", "flynn-4"], File.All("vectors").Select(vector => vector.Text("id")));

    [Theory, MemberData(nameof(Handshakes))]
    public void Messages_are_those_of_other_implementations(string id, bool initiator)
    {
        var vector = File.All("vectors").Single(candidate => candidate.Text("id") == id);
        var side = initiator ? "init" : "resp";
        using var staticKey = Import(vector.Hex(side + "_static"));
        using var ephemeral = Import(vector.Hex(side + "_ephemeral"));
        using var handshake = new NoiseHandshake(initiator, staticKey, vector.Hex("prologue"), ephemeral);
        var messages = vector.All("messages");

        foreach (var message in messages.Take(3))
        {
            Assert.Equal(message.Text("sender") == side, handshake.IsOurTurn);
            if (handshake.IsOurTurn)
            {
                Assert.True(handshake.TryWrite(message.Hex("payload"), out var written, out _));
                Assert.Equal(message.Text("ciphertext"), Convert.ToHexStringLower(written));
            }
            else
            {
                Assert.True(handshake.TryRead(message.Hex("ciphertext"), out var payload, out _));
                Assert.Equal(message.Text("payload"), Convert.ToHexStringLower(payload));
            }
        }

        Assert.True(handshake.IsComplete);
        using var remote = Import(vector.Hex((initiator ? "resp" : "init") + "_static"));
        Assert.Equal(remote.PublicKey.Export(KeyBlobFormat.RawPublicKey), handshake.RemoteStatic);
        if (vector.Has("handshake_hash")) Assert.Equal(vector.Hex("handshake_hash"), handshake.Hash);

        var (send, receive) = handshake.Split();
        using (send)
        using (receive)
        {
            foreach (var message in messages.Skip(3))
            {
                var (ours, plain, ciphertext) = (message.Text("sender") == side, message.Hex("payload"), message.Hex("ciphertext"));
                var result = new byte[ours ? ciphertext.Length : plain.Length];
                Assert.Null(ours ? send.Seal(default, plain, result) : receive.Open(default, ciphertext, result));
                Assert.Equal(ours ? ciphertext : plain, result);
            }
        }
    }

    /// <summary>The first message binds nothing yet: a change shows when the second is opened.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Whatever_bit_of_a_message_is_flipped_the_handshake_fails(int spoiled)
    {
        var length = new Pair().Run().Messages[spoiled].Length;
        for (var bit = 0; bit < 8 * length; bit++)
        {
            var run = new Pair().Run((turn, message) =>
            {
                if (turn == spoiled) message[bit / 8] ^= (byte)(1 << (bit % 8));
                return message;
            });
            Assert.NotNull(run.Error);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Wherever_a_message_is_cut_off_the_handshake_fails(int spoiled)
    {
        var length = new Pair().Run().Messages[spoiled].Length;
        for (var cut = 0; cut < length; cut++)
            Assert.NotNull(new Pair().Run((turn, message) => turn == spoiled ? message[..cut] : message).Error);
        Assert.NotNull(new Pair().Run((turn, message) => turn == spoiled ? [.. message, 0] : message).Error);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_message_of_an_earlier_handshake_is_of_no_use(int replayed)
    {
        var earlier = new Pair().Run();
        Assert.Null(earlier.Error);

        Assert.NotNull(new Pair().Run((turn, message) => turn == replayed ? earlier.Messages[turn] : message).Error);
    }

    /// <summary>The points of small order (RFC 7748, 6.1), as they are and with the ignored highest bit set, from either end.</summary>
    [Theory]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("0100000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")]
    [InlineData("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157")]
    [InlineData("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [InlineData("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [InlineData("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    public void A_low_order_ephemeral_key_is_refused(string point)
    {
        foreach (var highest in new byte[] { 0, 0x80 })
        {
            var key = Convert.FromHexString(point);
            key[31] |= highest;
            foreach (var turn in new[] { 0, 1 })
            {
                var run = new Pair().Run((at, message) => at == turn ? [.. key, .. message.AsSpan(32)] : message);
                Assert.Equal("the peer's key is a low-order point", run.Error);
            }
        }
    }

    [Fact]
    public void Another_prologue_is_another_protocol() => Assert.NotNull(new Pair("other").Run().Error);

    [Fact]
    public void A_failed_handshake_stays_failed()
    {
        using var key = Key.Create(KeyAgreementAlgorithm.X25519);
        using var handshake = new NoiseHandshake(initiator: true, key);
        Assert.True(handshake.TryWrite([], out _, out _));
        Assert.False(handshake.TryRead(new byte[200], out var payload, out var error));
        Assert.Null(payload);

        Assert.False(handshake.TryRead(new byte[200], out _, out var again));

        Assert.Equal(error, again);
        Assert.Throws<InvalidOperationException>(() => handshake.Split());
    }

    [Fact]
    public void Speaking_out_of_turn_is_a_mistake_of_the_caller()
    {
        using var key = Key.Create(KeyAgreementAlgorithm.X25519);
        using var initiator = new NoiseHandshake(initiator: true, key);
        using var responder = new NoiseHandshake(initiator: false, key);

        Assert.Throws<InvalidOperationException>(() => initiator.TryRead(new byte[32], out _, out _));
        Assert.Throws<InvalidOperationException>(() => responder.TryWrite([], out _, out _));
        Assert.Throws<InvalidOperationException>(() => initiator.Split());
    }

    [Theory]
    [InlineData(65535 - 32, true)]
    [InlineData(65535 - 31, false)]
    public void A_message_has_at_most_65535_bytes(int payload, bool fits)
    {
        using var key = Key.Create(KeyAgreementAlgorithm.X25519);
        using var writer = new NoiseHandshake(initiator: true, key);
        using var reader = new NoiseHandshake(initiator: false, key);

        Assert.Equal(fits, writer.TryWrite(new byte[payload], out _, out _));
        Assert.Equal(fits, reader.TryRead(new byte[32 + payload], out _, out _));
    }

    [Fact]
    public void The_last_nonce_is_never_used_and_none_is_used_after_it()
    {
        using var sender = new CipherState(new byte[32], ulong.MaxValue - 1);
        using var receiver = new CipherState(new byte[32], ulong.MaxValue - 1);
        var message = new byte[CipherState.TagSize + 1];
        Assert.Null(sender.Seal(default, "x"u8, message));
        Assert.Null(receiver.Open(default, message, new byte[1]));

        for (var i = 0; i < 3; i++)
        {
            var untouched = new byte[message.Length];
            Assert.Contains("last nonce", sender.Seal(default, "x"u8, untouched), StringComparison.Ordinal);
            Assert.Equal(new byte[message.Length], untouched);
            Assert.Contains("last nonce", receiver.Open(default, message, new byte[1]), StringComparison.Ordinal);
        }
    }

    private static Key Import(byte[] key) => Key.Import(KeyAgreementAlgorithm.X25519, key, KeyBlobFormat.RawPrivateKey);

    /// <summary>Both ends, with somebody in between.</summary>
    private sealed class Pair(string prologue = "")
    {
        public List<byte[]> Messages { get; } = [];

        public string? Error { get; private set; }

        public Pair Run(Func<int, byte[], byte[]>? between = null)
        {
            using var left = Key.Create(KeyAgreementAlgorithm.X25519);
            using var right = Key.Create(KeyAgreementAlgorithm.X25519);
            using var initiator = new NoiseHandshake(initiator: true, left);
            using var responder = new NoiseHandshake(initiator: false, right, System.Text.Encoding.ASCII.GetBytes(prologue));
            for (var turn = 0; turn < 3; turn++)
            {
                var (writer, reader) = turn == 1 ? (responder, initiator) : (initiator, responder);
                if (!writer.TryWrite(turn == 0 ? [] : "payload"u8, out var message, out var error))
                {
                    Error = error;
                    return this;
                }

                Messages.Add(message);
                if (!reader.TryRead(between?.Invoke(turn, message.ToArray()) ?? message, out _, out error))
                {
                    Error = error;
                    return this;
                }
            }

            return this;
        }
    }
}
