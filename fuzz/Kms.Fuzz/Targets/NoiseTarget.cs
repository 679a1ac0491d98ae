using System.Buffers.Binary;
using Kms.Protocol.KeyEncoding;
using Kms.Protocol.Noise;
using Kms.Protocol.SecretConnection;
using NSec.Cryptography;

namespace Kms.Fuzz.Targets;

/// <summary>A handshake succeeds only with the honest messages, an identity is taken only with its owner's signature, and what is read is what was
/// sealed. All keys are fixed. Input: a kind, then what the peer sends.</summary>
internal static class NoiseTarget
{
    private static readonly IdentityKey PeerIdentity = IdentityKey.FromSeed(Secret(1));
    private static readonly PeerId Peer = PeerId.Of(PeerIdentity.PublicKey);
    private static readonly byte[] ReceiveKey = Secret(2);
    private static readonly Key Static = Exchange(3);
    private static readonly Key Ephemeral = Exchange(4);
    private static readonly Key PeerStatic = Exchange(5);
    private static readonly Key PeerEphemeral = Exchange(6);
    private static readonly byte[] PeerProof = NoisePayload.Encode(PeerIdentity, Public(PeerStatic));
    private static readonly (byte[] First, byte[] Third) AsInitiator = HonestInitiator();
    private static readonly byte[] AsResponder = HonestResponder();

    public static bool Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty) return false;
        var rest = input[1..];
        return (input[0] % 5) switch
        {
            0 => Initiator(rest),
            1 => Responder(rest),
            2 => Payload(rest),
            3 => Frames(rest.ToArray(), input[0]),
            _ => SealedFrames(rest, input[0]),
        };
    }

    /// <summary>An honest conversation of each kind.</summary>
    public static IEnumerable<byte[]> Seeds()
    {
        yield return [0, .. AsResponder];
        yield return [1, 0, (byte)AsInitiator.First.Length, .. AsInitiator.First, .. AsInitiator.Third];
        yield return [2, .. PeerProof];
        yield return [2, .. PeerProof, 0x22, 0];
        yield return [3, .. Seal([[1, 2, 3], [4]])];
        yield return [4, 0, 3, 1, 2, 3, 0, 1, 4];
        yield return [254, 2, 0, .. new byte[512], 0, 0, 0, 1, 7];
    }

    private static bool Initiator(ReadOnlySpan<byte> second)
    {
        using var handshake = Ours(initiator: true);
        handshake.TryWrite([], out _, out _);
        var read = handshake.TryRead(second, out var payload, out var error);
        Property.OneOf(read, error, "the second message");
        Property.Holds(read == second.SequenceEqual(AsResponder), "only the honest second message is genuine");
        if (read) Property.Holds(NoisePayload.Refuse(payload, handshake.RemoteStatic, Peer) is null, "an honest peer is refused");
        return read;
    }

    private static bool Responder(ReadOnlySpan<byte> input)
    {
        var length = input.Length < 2 ? 0 : Math.Min(BinaryPrimitives.ReadUInt16BigEndian(input), input.Length - 2);
        var first = input.Slice(Math.Min(2, input.Length), length);
        var third = input[Math.Min(2 + length, input.Length)..];
        using var handshake = Ours(initiator: false);
        if (!handshake.TryRead(first, out _, out _) || !handshake.TryWrite(PeerProof, out _, out _)) return false;
        var read = handshake.TryRead(third, out var payload, out var error);
        Property.OneOf(read, error, "the third message");
        var isHonest = first.SequenceEqual(AsInitiator.First) && third.SequenceEqual(AsInitiator.Third);
        Property.Holds(read == isHonest, "only the honest first and third message are genuine");
        if (read) Property.Holds(NoisePayload.Refuse(payload, handshake.RemoteStatic, Peer) is null, "an honest peer is refused");
        return read;
    }

    private static bool Payload(ReadOnlySpan<byte> payload)
    {
        var isPeer = NoisePayload.Refuse(payload, Public(PeerStatic), Peer) is null;
        var proof = PeerProof.AsSpan(^64..);
        Property.Holds(!isPeer || payload.IndexOf(proof) >= 0, "the peer proved its identity without its signature");
        return isPeer;
    }

    private static bool Frames(byte[] incoming, int piece) => Read(incoming, piece).Data.Length > 0;

    // Input: the length in 2 bytes, big-endian, and the data; an empty frame ends what can be read.
    private static bool SealedFrames(ReadOnlySpan<byte> input, int piece)
    {
        var frames = new List<byte[]>();
        while (input.Length >= 2)
        {
            var length = Math.Min(BinaryPrimitives.ReadUInt16BigEndian(input), input.Length - 2);
            frames.Add(input.Slice(2, length).ToArray());
            input = input[(2 + length)..];
        }

        byte[] sealedFrames = Seal(frames);
        var (data, end) = Read(sealedFrames, piece);
        byte[] expected = [.. frames.TakeWhile(frame => frame.Length > 0).SelectMany(frame => frame)];
        Property.Holds(data.AsSpan().SequenceEqual(expected), "what was read is not what was sealed");
        Property.Holds(end is null == frames.All(frame => frame.Length > 0), "an empty frame is refused, and no other is");
        return end is null;
    }

    private static (byte[] Data, IOException? End) Read(byte[] incoming, int piece)
    {
        using var stream = new NoiseStream(new Wire(incoming, 1 + piece), Peer, new CipherState(Secret(9)), new CipherState(ReceiveKey));
        var (data, end) = Wire.ReadAll(stream);
        Property.Holds(end is null or NoiseException, $"the stream ended with {end?.GetType().Name}");
        return (data, end);
    }

    private static byte[] Seal(IEnumerable<byte[]> frames)
    {
        using var cipher = new CipherState(ReceiveKey);
        var wire = new List<byte>();
        foreach (var data in frames)
        {
            var frame = NoiseFrames.New(data.Length + CipherState.TagSize, out var message);
            cipher.Seal(default, data, message);
            wire.AddRange(frame);
        }

        return [.. wire];
    }

    private static NoiseHandshake Ours(bool initiator) => new(initiator, Static, default, Ephemeral);

    private static NoiseHandshake Theirs(bool initiator) => new(initiator, PeerStatic, default, PeerEphemeral);

    private static byte[] HonestResponder()
    {
        using var ours = Ours(initiator: true);
        using var theirs = Theirs(initiator: false);
        ours.TryWrite([], out var first, out _);
        theirs.TryRead(first, out _, out _);
        theirs.TryWrite(PeerProof, out var second, out _);
        return second!;
    }

    private static (byte[] First, byte[] Third) HonestInitiator()
    {
        using var ours = Ours(initiator: false);
        using var theirs = Theirs(initiator: true);
        theirs.TryWrite([], out var first, out _);
        ours.TryRead(first, out _, out _);
        ours.TryWrite(PeerProof, out var second, out _);
        theirs.TryRead(second, out _, out _);
        theirs.TryWrite(PeerProof, out var third, out _);
        return (first!, third!);
    }

    private static byte[] Secret(byte value) => Enumerable.Repeat(value, 32).ToArray();

    private static Key Exchange(byte value) => Key.Import(KeyAgreementAlgorithm.X25519, Secret(value), KeyBlobFormat.RawPrivateKey);

    private static byte[] Public(Key key) => key.PublicKey.Export(KeyBlobFormat.RawPublicKey);
}
