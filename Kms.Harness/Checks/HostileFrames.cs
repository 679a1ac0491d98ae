using Google.Protobuf;
using Kms.Harness.Wire;

namespace Kms.Harness.Checks;

/// <summary>Bytes that are no privval request. The signer may answer with an error or hang up, but must come back and sign.</summary>
internal static class HostileFrames
{
    private const string Survive = "an error or a closed connection, no signature; then a new connection and the next vote signed";

    public static IEnumerable<Check> All =>
    [
        Hostile("garbage", "Random bytes", session => session.Messages.Bytes(4096)),
        Hostile("half-frame", "Half a request, then silence", session => HalfRequest(session)),
        Hostile("length-2gib", "A length of 2 GiB", _ => [0xff, 0xff, 0xff, 0xff, 0x07, 0x0a]),
        Hostile("length-max", "A length of 2^64-1", _ => [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0x0a]),
        Hostile("length-endless", "A length that never ends", _ => [.. Enumerable.Repeat((byte)0xff, 64)]),
        Hostile("empty", "An empty frame", _ => [0]),
        Hostile("unknown-request", "A request of an unknown kind", _ => [2, 0x7a, 0x00]),
        Hostile("reply", "A reply instead of a request", _ => Frame(new Message { PingResponse = new PingResponse() })),
        Hostile("truncated-field", "A field longer than its frame", _ => [3, 0x1a, 0x40, 0x0a]),
        Hostile("timestamp-range", "A vote with a timestamp beyond the year 9999", LateVote),
        Hostile("oversized", "A frame of more than 2 MiB", _ => Oversized()),
        Hostile("tls", "A TLS ClientHello", session => ClientHello(session)),
        new("hostile.handshake", "Bytes that are no handshake", "a new connection and the next vote signed", HandshakeAsync),
    ];

    public static byte[] Frame(Message message)
    {
        using var bytes = new MemoryStream();
        message.WriteDelimitedTo(bytes);
        return bytes.ToArray();
    }

    private static Check Hostile(string id, string title, Func<HarnessSession, byte[]> bytes) => new("hostile." + id, title, Survive, async session =>
    {
        var reply = await session.Connection!.SendRawAsync(bytes(session), session.Options.Silence, session.Cancelled);
        if (reply is SignerReply.Signed or SignerReply.Error { Leaked: not null }) return Finding.Fail("answered with a signature");
        return await ComesBack(session, reply is SignerReply.TimedOut ? "waited" : reply.ToString()!);
    });

    private static async Task<Finding> HandshakeAsync(HarnessSession session)
    {
        if (session.Listener.Endpoint is HarnessEndpoint.Unix) return Finding.Skip("there is no handshake on a Unix socket");
        foreach (var bytes in new[] { ClientHello(session), session.Messages.Bytes(64), LowOrderPoint, NoiseLowOrderPoint, [] })
        {
            await session.HangUpAsync();
            var problem = await session.Listener.MishandleAsync(bytes, session.Options.Silence, session.Options.AcceptTimeout, session.Cancelled);
            if (problem is not null) return Finding.Fail($"did not dial again: {problem}");
        }

        return await ComesBack(session, "no handshake");
    }

    private static async Task<Finding> ComesBack(HarnessSession session, string before)
    {
        if (await session.ReconnectAsync(session.Options.AcceptTimeout) is { } problem)
            return Finding.Fail($"{before}, then did not come back: {problem}");
        var scene = session.Messages.NextScene();
        var answer = await session.AskAsync(scene.Prevote(scene.A));
        return answer.UnlessSigned() is { } wrong
            ? Finding.Fail($"{before}; afterwards, {scene.Prevote(scene.A)}: {wrong}")
            : Finding.Pass($"{before}, then signed");
    }

    // Go's protobuf does not decode such a timestamp (protobuf/types/timestamp.go), so a signer may take it for broken framing.
    private static byte[] LateVote(HarnessSession session)
    {
        var scene = session.Messages.NextScene();
        return Frame((scene.Prevote(scene.A) with { Timestamp = new Core.Consensus.Timestamp(253_402_300_800, 0) }).ToRequest());
    }

    private static byte[] HalfRequest(HarnessSession session)
    {
        var scene = session.Messages.NextScene();
        var frame = Frame(scene.Prevote(scene.A).ToRequest());
        return frame[..(frame.Length / 2)];
    }

    // One field of an unknown kind, so that not even a signer that reads such frames finds something to sign.
    private static byte[] Oversized()
    {
        using var body = new MemoryStream();
        using (var output = new CodedOutputStream(body, leaveOpen: true))
        {
            output.WriteTag(15, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(Google.Protobuf.ByteString.CopyFrom(new byte[2 * 1024 * 1024]));
        }

        using var frame = new MemoryStream();
        using (var output = new CodedOutputStream(frame, leaveOpen: true)) output.WriteBytes(Google.Protobuf.ByteString.CopyFrom(body.ToArray()));
        return frame.ToArray();
    }

    // RFC 8446, 4.1.2: a record and handshake header, version 1.2, a random and little else.
    private static byte[] ClientHello(HarnessSession session) =>
        [0x16, 0x03, 0x01, 0x00, 0x2d, 0x01, 0x00, 0x00, 0x29, 0x03, 0x03, .. session.Messages.Bytes(32), 0x00, 0x00, 0x02, 0x13, 0x01, 0x01, 0x00];

    // An ephemeral key of all zeros, framed as SecretConnection frames it: a shared secret known to everyone.
    private static byte[] LowOrderPoint => [0x22, 0x0a, 0x20, .. new byte[32]];

    // The same in Noise's second message, with room for a static key and a proof.
    private static byte[] NoiseLowOrderPoint => [0x00, 0xc0, .. new byte[192]];
}
