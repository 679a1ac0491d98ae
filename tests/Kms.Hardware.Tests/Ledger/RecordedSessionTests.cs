using System.Globalization;
using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Hardware.Ledger;
using Kms.Hardware.Ledger.Commands;
using Kms.Testing;
using NSec.Cryptography;
using PublicKey = Kms.Core.Signing.PublicKey;

namespace Kms.Hardware.Tests.Ledger;

/// <summary>What was recorded with the real app.</summary>
public sealed class RecordedSessionTests
{
    private static readonly Vector Recording = Vectors.Load("ledger/ledger");
    private static readonly PublicKey Key = new(KeyAlgorithm.Ed25519, Recording.Hex("public_key"));

    public static TheoryData<string> Steps => [.. Recording.All("steps").Select(step => step.Text("label"))];

    public static TheoryData<string> Messages => [.. Recording.All("steps").Where(step => step.Has("message")).Select(step => step.Text("label"))];

    [Fact]
    public void Version_and_key()
    {
        var version = Exchange(Step("get version"));
        Assert.Equal(version.Command, new GetVersionCommand().Apdu.ToBytes());
        Assert.Equal(new GetVersionResponse(new Version(0, 9, 1), IsTestBuild: false), Read<GetVersionResponse>(version.Reply).Response);
        var key = Exchange(Step("get public key"));
        Assert.Equal(key.Command, new GetPublicKeyCommand().Apdu.ToBytes());
        Assert.Equal(Key, Read<GetPublicKeyResponse>(key.Reply).Response!.PublicKey);
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public void Every_answer_is_a_response_or_a_sentence(string label)
    {
        var (_, reply) = Exchange(Step(label), last: true);
        var result = Read<AnyResponse>(reply);
        Assert.Equal(reply.Response!.Status == StatusWord.Ok, result.Response is not null);
        if (result.Failure is not { } failure) return;
        Assert.Equal(reply.Response.Status, failure.Status);
        Assert.Matches("^sign: .{20,}$", failure.Reason);
        Assert.DoesNotContain("not known here", failure.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void What_the_app_cannot_read_is_refused_here_and_nothing_else(string label)
    {
        var step = Step(label);
        var (_, reply) = Exchange(step, last: true);
        var refusal = AppRules.Read(new SignBytes(step.Hex("message")), out var position);
        Assert.Equal(reply.Response!.Status == StatusWord.InvalidMessage, refusal is not null);
        if (reply.Response.Status == StatusWord.Ok) Assert.Equal(Shown(step), position);
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void Messages_are_sent_as_recorded(string label)
    {
        var step = Step(label);
        var exchanges = step.All("exchanges");
        // The two that were recorded in several parts fit into one.
        if (exchanges.Count > 1) return;
        var part = Assert.Single(new SignCommand(new SignBytes(step.Hex("message"))).Parts());
        Assert.Equal(exchanges[0].Text("apdu"), Convert.ToHexStringLower(part.ToBytes()));
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void Signatures_are_those_of_the_messages(string label)
    {
        var step = Step(label);
        var (_, reply) = Exchange(step, last: true);
        var signature = Read<SignResponse>(reply).Response?.Signature;
        Assert.Equal(step.Flag("signature_valid"), signature is not null);
        if (signature is null) return;
        var key = NSec.Cryptography.PublicKey.Import(SignatureAlgorithm.Ed25519, Key.Span, KeyBlobFormat.RawPublicKey);
        Assert.True(SignatureAlgorithm.Ed25519.Verify(key, step.Hex("message"), signature.Span));
    }

    [Fact]
    public void The_message_of_init()
    {
        var step = Step("init as tmkms ledger init would: CanonicalVote type 32, no block id, no timestamp, height 100 round 0");
        var message = InitMessage.Of(new ChainId("cccccccccccccccc"), new Height(100), new Round(0));
        Assert.Equal(step.Text("message"), message.ToString());
    }

    [Fact]
    public void Long_messages_are_sent_in_parts()
    {
        var step = Step("buffer overflow at the fifth 250-byte chunk");
        var expected = step.All("exchanges").Select(e => e.Text("apdu")).ToArray();
        var parts = new SignCommand(new SignBytes(new byte[6 * SignCommand.ChunkSize])).Parts();
        Assert.Equal(6, parts.Count);
        Assert.Equal(expected, parts.Take(expected.Length).Select(part => Convert.ToHexStringLower(part.ToBytes())));
    }

    private static Hrs Shown(Vector step)
    {
        var screen = step.Json.GetProperty("screen_after").EnumerateArray().Select(line => line.GetString()!).ToArray();
        var height = long.Parse(screen[0]["Height: ".Length..], CultureInfo.InvariantCulture);
        var kind = Enum.Parse<Core.Consensus.Step>(screen[1].Split(' ')[0]);
        return new Hrs(height, int.Parse(screen[1].Split(":R")[1], CultureInfo.InvariantCulture), kind);
    }

    private static Vector Step(string label) => Recording.All("steps").Single(step => step.Text("label") == label);

    private static (byte[] Command, LedgerReply Reply) Exchange(Vector step, bool last = false)
    {
        var exchange = last ? step.All("exchanges")[^1] : step.All("exchanges").Single();
        Assert.True(ApduResponse.TryParse([.. exchange.Hex("data"), .. exchange.Hex("sw")], out var response));
        return (exchange.Hex("apdu"), LedgerReply.Ok(response));
    }

    private static LedgerResult<TResponse> Read<TResponse>(LedgerReply reply) where TResponse : class, IResponse<TResponse> =>
        LedgerExchange.Read<TResponse>(SignCommand.Name, reply);

    private sealed record AnyResponse : IResponse<AnyResponse>
    {
        public static bool TryParse(ReadOnlySpan<byte> data, out AnyResponse response)
        {
            response = new AnyResponse();
            return true;
        }
    }
}
