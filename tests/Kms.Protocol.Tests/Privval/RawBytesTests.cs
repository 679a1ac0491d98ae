using System.Text;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Core.Signing;
using Kms.Protocol.Privval;
using Kms.Protocol.SignBytes;
using Kms.Testing;

namespace Kms.Protocol.Tests.Privval;

/// <summary>Field 9 on the wire: two messages of two kinds of nodes, told apart.</summary>
public class RawBytesTests
{
    private static readonly byte[] Chain = "test"u8.ToArray();

    // celestia-core privval/msgs_test.go: a thousand bytes of 1 for the purpose "test-msg", and a signature of 64 of them.
    private static readonly string CelestiaRequest = "4afb070a047465737412e807" + string.Concat(Enumerable.Repeat("01", 1000)) + "1a08746573742d6d7367";
    private static readonly string CelestiaResponse = "52420a40" + string.Concat(Enumerable.Repeat("01", 64));

    [Fact]
    public void Celestias_own_messages_are_read_and_written()
    {
        Assert.True(PrivvalDecoder.TryDecode(Convert.FromHexString(CelestiaRequest), out var request, out _));
        var raw = Celestia(request);
        Assert.Equal((new ChainId("test"), "test-msg"), (raw.Chain, raw.Purpose));
        Assert.Equal(Enumerable.Repeat((byte)1, 1000), raw.RawBytes.ToArray());

        var reply = PrivvalEncoder.RawBytes(new SignReply.SignedRaw(new Signature([.. Enumerable.Repeat((byte)1, 64)])));
        Assert.Equal(CelestiaResponse, Convert.ToHexStringLower(reply.AsSpan(1)));
        Assert.Equal(reply.Length - 1, reply[0]);
    }

    [Fact]
    public void The_messages_of_CometBFT_are_read_and_written()
    {
        var messages = CometBft.Load("v1.0", "messages").All("messages").Where(m => m.Text("kind") is "SignBytesRequest" or "SignBytesResponse").ToList();

        Assert.Equal(15, messages.Count);
        Assert.All(messages, message =>
        {
            var fields = message.In("fields");
            if (message.Text("kind") == "SignBytesRequest")
                Assert.Equal(fields.Hex("value"), CometBftValue(Wire.Decode(message.Hex("wire"))));
            else if (fields.Has("error"))
                Assert.Equal(message.Hex("wire"), NodeWire.SignedRawBytesError(fields.In("error").Int("code"), fields.In("error").Text("description")));
            else
                Assert.Equal(message.Hex("wire"), PrivvalEncoder.RawBytes(new SignReply.SignedRaw(new Signature(fields.Hex("signature")))));
        });
    }

    [Fact]
    public void Replies_are_those_of_CometBFT_but_for_no_bytes_at_all()
    {
        var file = CometBft.Load("v1.0", "messages");
        var exchanges = file.All("exchanges").Where(e => e.Text("response_kind") == "SignBytesResponse").ToList();
        var policy = new RawBytesPolicy(RawBytesForm.CometBft, [], RawBytesPolicy.DefaultMaxBytes);

        Assert.Equal(7, exchanges.Count);
        Assert.All(exchanges, exchange =>
        {
            var request = Assert.IsType<PrivvalRequest.SignRawBytes>(Wire.Decode(exchange.Hex("request_wire"))).Request;
            var (bytes, refusal) = policy.Judge(new ChainId(exchange.Text("signer_chain_id")), request);

            Assert.Equal(CometBftValue(Wire.Decode(exchange.Hex("request_wire"))).Length == 0, refusal is not null);
            if (bytes is null) return;
            var signature = CometBft.SignWithBouncyCastle(CometBft.Seed(file), bytes.Span.ToArray());
            Assert.Equal(exchange.Text("reference_response_wire"), Convert.ToHexStringLower(PrivvalEncoder.RawBytes(new SignReply.SignedRaw(signature))));
        });
    }

    [Fact]
    public void A_refusal_is_an_error_without_a_signature()
    {
        var refusal = new Refusal(RefusalReason.RawBytesNotAllowed, new ChainId("test"), null, null, "add a line");

        Assert.Equal(NodeWire.SignedRawBytesError(1, "raw bytes not allowed at chain test (add a line)"), PrivvalEncoder.RawBytes(new SignReply.Refused(refusal)));
    }

    [Fact]
    public void Requests_written_by_another_writer_are_read()
    {
        var celestia = Celestia(Wire.Decode(NodeWire.SignRawBytesRequest(Chain, [1, 2], "compactBlock"u8.ToArray())));
        Assert.Equal(("test", "compactBlock", "0102"), (celestia.Chain.ToString(), celestia.Purpose, Convert.ToHexString(celestia.RawBytes.Span)));
        Assert.Equal([1, 2], CometBftValue(Wire.Decode(NodeWire.SignBytesRequest([1, 2]))));
    }

    [Theory]
    [InlineData("4a00", false)]
    [InlineData("4a030a0163", false)] // value, or a chain id and nothing else
    [InlineData("4a0512010163", null)] // a field that ends early
    [InlineData("4a03120101", true)] // raw_bytes
    [InlineData("4a021200", true)] // raw_bytes, empty but there
    [InlineData("4a031a0163", true)] // unique_id
    [InlineData("4a022001", false)] // an unknown field
    [InlineData("4a041001 1200", null)] // field 2 as a number
    public void The_second_and_third_field_are_Celestias(string hex, bool? isCelestia)
    {
        var ok = PrivvalDecoder.TryDecode(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)), out var request, out _);

        Assert.Equal(isCelestia is not null, ok);
        if (ok) Assert.Equal(isCelestia, ((PrivvalRequest.SignRawBytes)request).Request is RawBytesRequest.Celestia);
        else Assert.Equal(9, Assert.IsType<PrivvalRequest.Malformed>(request).Field);
    }

    [Fact]
    public void The_last_of_repeated_fields_counts_and_a_repeated_request_stands_alone()
    {
        Assert.Equal([2], CometBftValue(Decode("4a060a01010a0102")));
        Assert.Equal("b", Celestia(Decode("4a061a01611a0162")).Purpose);
        Assert.Equal([2], CometBftValue(Decode("4a031a0163" + "4a030a0102")));
    }

    [Theory]
    [InlineData("compactBlock", "compactBlock")]
    [InlineData("a\nb\u202Ec", "a?b?c")]
    public void A_purpose_is_safe_to_print(string uniqueId, string printed) =>
        Assert.Equal(printed, Celestia(Wire.Decode(NodeWire.SignRawBytesRequest(Chain, [1], Encoding.UTF8.GetBytes(uniqueId)))).Purpose);

    [Fact]
    public void A_long_purpose_is_cut() =>
        Assert.Equal(257, Celestia(Wire.Decode(NodeWire.SignRawBytesRequest(Chain, [1], new byte[100_000]))).Purpose.Length);

    private static PrivvalRequest Decode(string hex)
    {
        Assert.True(PrivvalDecoder.TryDecode(Convert.FromHexString(hex), out var request, out var error), error);
        return request;
    }

    private static RawBytesRequest.Celestia Celestia(PrivvalRequest request) =>
        Assert.IsType<RawBytesRequest.Celestia>(Assert.IsType<PrivvalRequest.SignRawBytes>(request).Request);

    private static byte[] CometBftValue(PrivvalRequest request) =>
        Assert.IsType<RawBytesRequest.CometBft>(Assert.IsType<PrivvalRequest.SignRawBytes>(request).Request).Value.ToArray();
}
