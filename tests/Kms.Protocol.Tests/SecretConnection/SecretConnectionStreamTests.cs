using System.IO.Pipelines;
using Kms.Protocol.SecretConnection;
using NSec.Cryptography;

namespace Kms.Protocol.Tests.SecretConnection;

/// <summary>Both ends ours, over pipes in memory.</summary>
public class SecretConnectionStreamTests
{
    [Fact]
    public async Task Two_ends_agree_on_who_they_are_and_exchange_messages_of_any_size()
    {
        var (left, right, leftKey, rightKey) = await Connected();
        await using (left)
        await using (right)
        {
            Assert.Equal((leftKey, rightKey), (right.RemoteKey, left.RemoteKey));
            foreach (var size in new[] { 1, 2, 1023, 1024, 1025, 2048, 2049, 10_240, 100_000 })
            {
                var message = Enumerable.Range(0, size).Select(i => (byte)(i % 251)).ToArray();
                var echo = new byte[size];
                var writing = left.WriteAsync(message).AsTask();
                await right.ReadExactlyAsync(echo);
                await writing;
                Assert.Equal(message, echo);
            }
        }
    }

    [Fact]
    public async Task An_empty_write_sends_nothing_and_an_empty_read_waits_for_nothing()
    {
        var (left, right, _, _) = await Connected();
        await using (left)
        await using (right)
        {
            await left.WriteAsync(ReadOnlyMemory<byte>.Empty);
            Assert.Equal(0, await right.ReadAsync(Memory<byte>.Empty));
            await left.WriteAsync("x"u8.ToArray());
            var buffer = new byte[10];
            Assert.Equal(1, await right.ReadAsync(buffer));
        }
    }

    [Fact]
    public async Task A_peer_that_hangs_up_between_frames_ends_the_stream()
    {
        var (left, right, _, _) = await Connected();
        await left.DisposeAsync();

        Assert.Equal(0, await right.ReadAsync(new byte[10]));
        await right.DisposeAsync();
    }

    [Fact]
    public void A_frame_without_data_is_refused_because_a_reader_would_wait_on_it_for_ever()
    {
        using var sender = new FrameCipher(new byte[32]);
        using var receiver = new FrameCipher(new byte[32]);
        var frame = new byte[FrameCipher.SealedSize];
        sender.Seal([], frame);

        Assert.Equal(0, receiver.Open(frame, new byte[FrameCipher.MaxData], out var error));
        Assert.Equal("a frame without data", error);
    }

    [Fact]
    public void Every_frame_has_a_nonce_of_its_own()
    {
        using var cipher = new FrameCipher(new byte[32]);
        var frames = new HashSet<string>();
        for (var i = 0; i < 1000; i++)
        {
            var frame = new byte[FrameCipher.SealedSize];
            cipher.Seal("the same"u8, frame);
            Assert.True(frames.Add(Convert.ToHexString(frame)));
        }
    }

    [Fact]
    public void A_frame_does_not_carry_bytes_of_the_one_before()
    {
        using var sender = new FrameCipher(new byte[32]);
        var frame = new byte[FrameCipher.SealedSize];
        sender.Seal(Enumerable.Repeat((byte)0xAA, FrameCipher.MaxData).ToArray(), frame);
        sender.Seal("b"u8, frame);

        using var key = Key.Import(AeadAlgorithm.ChaCha20Poly1305, new byte[32], KeyBlobFormat.RawSymmetricKey);
        byte[] secondNonce = [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0];
        byte[] expected = [1, 0, 0, 0, .. "b"u8, .. new byte[FrameCipher.MaxData - 1]];
        Assert.Equal(expected, AeadAlgorithm.ChaCha20Poly1305.Decrypt(key, secondNonce, [], frame));
    }

    [Fact]
    public void Of_two_identities_in_a_proof_the_last_counts_as_in_every_oneof()
    {
        byte[] ed25519 = [0x0A, 32, .. new byte[32]];
        byte[] secp256k1 = [0x12, 33, .. new byte[33]];
        byte[] signature = [0x12, 64, .. new byte[64]];

        Assert.True(Decodes([.. secp256k1, .. ed25519]));
        Assert.False(Decodes([.. ed25519, .. secp256k1]));

        bool Decodes(byte[] key) => HandshakeMessages.TryDecodeAuth([0x0A, (byte)key.Length, .. key, .. signature], out _, out _, out _);
    }

    private static async Task<(
        SecretConnectionStream Left, SecretConnectionStream Right, Core.Signing.PublicKey LeftKey, Core.Signing.PublicKey RightKey)> Connected()
    {
        using var leftIdentity = IdentityKey.Generate();
        using var rightIdentity = IdentityKey.Generate();
        var (toRight, toLeft) = (new Pipe(), new Pipe());
        var left = SecretConnectionStream.HandshakeAsync(Duplex(toLeft.Reader, toRight.Writer), leftIdentity, CancellationToken.None);
        var right = SecretConnectionStream.HandshakeAsync(Duplex(toRight.Reader, toLeft.Writer), rightIdentity, CancellationToken.None);
        return (await left, await right, leftIdentity.PublicKey, rightIdentity.PublicKey);
    }

    private static DuplexStream Duplex(PipeReader reader, PipeWriter writer) => new(reader.AsStream(), writer.AsStream());
}
