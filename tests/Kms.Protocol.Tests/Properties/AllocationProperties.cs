using CsCheck;
using Kms.Core;
using Kms.Core.Consensus;
using Kms.Protocol.Framing;
using Kms.Protocol.KeyEncoding;
using Kms.Protocol.Noise;
using Kms.Protocol.Privval;
using Kms.Protocol.SecretConnection;
using Kms.Protocol.SignBytes;
using Kms.Protocol.Tests.Privval;
using static Kms.Protocol.Tests.Framing.FrameParserTests;

namespace Kms.Protocol.Tests.Properties;

/// <summary>What foreign bytes cost: a few times their own length and a constant, whatever lengths they announce; and they never throw.</summary>
public class AllocationProperties
{
    private const int Constant = 16 * 1024;
    private const int PerByte = 12;

    private delegate void Read(ReadOnlySpan<byte> bytes);

    // Random bytes seldom get beyond the first field; these have fields and lengths, some of them wrong.
    private static readonly Gen<byte[]> FieldsOnly = Gen.Select(
            Gen.Int[1, 11], Gen.Int[0, 5], Gen.OneOf(Gen.ULong[0, 200], Gen.ULong), Gen.Byte.Array[0, 60],
            (field, type, length, body) => (byte[])[(byte)((field << 3) | type), .. Varint(type == 2 && length < 100 ? (ulong)body.Length : length), .. body])
        .Array[0, 8].Select(fields => fields.SelectMany(bytes => bytes).ToArray());

    private static readonly Gen<byte[]> Bytes = Gen.OneOf(
        Gen.Byte.Array[0, 400],
        FieldsOnly,
        Gen.Select(Gen.Int[1, 10], FieldsOnly, (field, body) => (byte[])[(byte)((field << 3) | 2), .. Varint((ulong)body.Length), .. body]));

    [Fact]
    public void A_privval_message() => Bounded(bytes => PrivvalDecoder.TryDecode(bytes, out _, out _));

    [Fact]
    public void A_frame() => Bounded(bytes => FrameParser.Parse(bytes, Limits.MaxRequestBytes, out _, out _));

    [Fact]
    public void Sign_bytes() => Bounded(bytes => _ = CanonicalMessage.TryParse(new Core.Consensus.SignBytes(bytes), out _, out _));

    [Fact]
    public void An_ephemeral_key() => Bounded(bytes => HandshakeMessages.TryDecodeEphemeral(bytes, stackalloc byte[32], out _));

    [Fact]
    public void A_proof_of_identity() => Bounded(bytes => HandshakeMessages.TryDecodeAuth(bytes, out _, out _, out _));

    [Fact]
    public void A_noise_payload()
    {
        var key = new Core.Signing.PublicKey(Core.Signing.KeyAlgorithm.Ed25519, new byte[32]);
        var peer = PeerId.Of(key);
        Bounded(bytes => NoisePayload.Refuse(bytes, new byte[32], peer));
    }

    [Fact]
    public void The_largest_message_that_there_may_be()
    {
        var vote = NodeVote.Default with
        {
            Type = 2, Extension = new byte[Limits.MaxPayloadBytes], Block = new NodeBlockId(new byte[32], 1, new byte[32]),
        };
        var frame = NodeWire.SignVoteRequest("chain"u8.ToArray(), vote);

        Bounded(bytes => Assert.True(PrivvalDecoder.TryDecode(bytes[3..], out _, out _)), frame);
    }

    // Go decodes each of them and keeps the last, so a message of a mebibyte could be a hundred thousand votes.
    [Theory]
    [InlineData("0a00")]
    [InlineData("1a040a020801")]
    [InlineData("2a020a00")]
    [InlineData("4a021a00")]
    [InlineData("4a00")]
    [InlineData("1200")]
    [InlineData("3a00")]
    public void One_message_with_very_many_requests(string request)
    {
        var bytes = Enumerable.Repeat(Convert.FromHexString(request), 20_000).SelectMany(b => b).ToArray();

        Bounded(read => PrivvalDecoder.TryDecode(read, out _, out _), bytes);
    }

    [Fact]
    public void The_bound_can_be_broken() => Assert.ThrowsAny<Exception>(() => Bounded(_ => new byte[Constant + PerByte + 1].AsSpan().Clear(), [0]));

    private static void Bounded(Read read)
    {
        // What happens at first use belongs to no input.
        Bytes.Sample(bytes => read(bytes), iter: 200);
        Bytes.Sample(bytes => Bounded(read, bytes), iter: 20_000);
    }

    private static void Bounded(Read read, byte[] bytes)
    {
        var limit = Constant + (long)PerByte * bytes.Length;
        var allocated = Allocated(read, bytes);
        if (allocated > limit) allocated = Allocated(read, bytes);
        Assert.True(allocated <= limit, $"{allocated} bytes allocated for {bytes.Length}");
    }

    private static long Allocated(Read read, byte[] bytes)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        read(bytes);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
