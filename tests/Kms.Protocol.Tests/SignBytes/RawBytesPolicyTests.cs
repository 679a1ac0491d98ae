using System.Text;
using Kms.Core;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Protocol.Protobuf;
using Kms.Protocol.SignBytes;
using Kms.Protocol.Tests.Privval;
using Kms.Testing;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;

namespace Kms.Protocol.Tests.SignBytes;

/// <summary>What a key signs besides consensus messages: what the operator allows, and never what a chain could take for one.</summary>
public class RawBytesPolicyTests
{
    private static readonly RawBytesPolicy CelestiaOnly = new(RawBytesForm.Celestia, [], 100);
    private static readonly RawBytesPolicy CometBftOnly = new(RawBytesForm.CometBft, [], 100);
    private static readonly RawBytesPolicy CompactBlocks = new(RawBytesForm.Celestia, ["compactBlock", "fiber-"], 100);

    // Policy, unique id (null: CometBFT's form), number of bytes, and what comes of it; null where it is signed.
    public static TheoryData<RawBytesPolicy, string?, int, RefusalReason?> Table => new()
    {
        { RawBytesPolicy.Off, "compactBlock", 32, RefusalReason.RawBytesNotAllowed },
        { RawBytesPolicy.Off, null, 32, RefusalReason.RawBytesNotAllowed },
        { CelestiaOnly, "compactBlock", 32, null },
        { CelestiaOnly, "any", 1, null },
        { CelestiaOnly, "наблюдение", 100, null },
        { CelestiaOnly, null, 32, RefusalReason.RawBytesNotAllowed },
        { CelestiaOnly, "compactBlock", 0, RefusalReason.InvalidRequest },
        { CelestiaOnly, "compactBlock", 101, RefusalReason.RawBytesNotAllowed },
        { CelestiaOnly, "", 32, RefusalReason.InvalidRequest },
        { CelestiaOnly, "two\nlines", 32, RefusalReason.InvalidRequest },
        { CelestiaOnly, "\u202Eturned", 32, RefusalReason.InvalidRequest },
        { CelestiaOnly, new string('x', 256), 32, null },
        { CelestiaOnly, new string('x', 257), 32, RefusalReason.InvalidRequest },
        { CompactBlocks, "compactBlock", 32, null },
        { CompactBlocks, "fiber-commitment", 32, null },
        { CompactBlocks, "compactBloc", 32, RefusalReason.RawBytesNotAllowed },
        { CompactBlocks, "my compactBlock", 32, RefusalReason.RawBytesNotAllowed },
        { CometBftOnly, null, 32, null },
        { CometBftOnly, null, 100, null },
        { CometBftOnly, null, 101, RefusalReason.RawBytesNotAllowed },
        { CometBftOnly, null, 0, RefusalReason.InvalidRequest },
        { CometBftOnly, "compactBlock", 32, RefusalReason.RawBytesNotAllowed },
    };

    [Theory, MemberData(nameof(Table))]
    public void Only_what_is_allowed_is_signed(RawBytesPolicy policy, string? uniqueId, int size, RefusalReason? expected)
    {
        var payload = Enumerable.Repeat((byte)0xAB, size).ToArray();
        RawBytesRequest request = uniqueId is null ? new RawBytesRequest.CometBft(payload) : Celestia(payload, uniqueId);

        var (bytes, refusal) = policy.Judge(Ask.Chain, request);

        Assert.Equal(expected, refusal?.Reason);
        Assert.Equal(expected is null, bytes is not null);
        if (uniqueId is null && bytes is not null) Assert.Equal(payload, bytes.Span.ToArray());
    }

    [Fact]
    public void A_refusal_says_which_line_changes_it()
    {
        Assert.Equal(
            "raw bytes not allowed at chain test-chain-1 (sign_raw_bytes = \"celestia\" in the [[chain]] section of tmkms.toml allows them)",
            RawBytesPolicy.Off.Judge(Ask.Chain, Celestia([1], "compactBlock")).Refusal!.ToString());
        Assert.Contains("sign_raw_bytes = \"cometbft\"", CelestiaOnly.Judge(Ask.Chain, new RawBytesRequest.CometBft(new byte[1])).Refusal!.ToString(), StringComparison.Ordinal);
        Assert.Contains("unique_ids", CompactBlocks.Judge(Ask.Chain, Celestia([1], "other")).Refusal!.ToString(), StringComparison.Ordinal);
        Assert.Contains("101 bytes, but max_bytes", CelestiaOnly.Judge(Ask.Chain, Celestia(new byte[101], "x")).Refusal!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Another_chain_is_refused()
    {
        Assert.Equal(RefusalReason.WrongChain, CelestiaOnly.Judge(new ChainId("other"), Celestia([1], "compactBlock")).Refusal!.Reason);
        Assert.Equal(
            RefusalReason.WrongChain, CelestiaOnly.Judge(Ask.Chain, new RawBytesRequest.Celestia(new ChainId(""), "x"u8.ToArray(), new byte[1])).Refusal!.Reason);
    }

    [Fact]
    public void A_unique_id_that_is_no_text_is_refused() =>
        Assert.Equal(
            RefusalReason.InvalidRequest, CelestiaOnly.Judge(Ask.Chain, new RawBytesRequest.Celestia(Ask.Chain, new byte[] { 0x61, 0xFF }, new byte[1])).Refusal!.Reason);

    [Theory, InlineData("v0.34"), InlineData("v0.38"), InlineData("v1.0")]
    public void No_form_signs_the_sign_bytes_of_a_vote_or_proposal(string version)
    {
        var file = CometBft.Load(version, "signbytes");
        var messages = file.All("votes").Where(v => v.In("vote").Int("type") is 1 or 2).Concat(file.All("proposals")).Where(v => v.Has("sign_bytes")).ToList();
        var (celestia, cometBft) = (CelestiaOnly with { MaxBytes = Limits.MaxPayloadBytes }, CometBftOnly with { MaxBytes = Limits.MaxPayloadBytes });

        Assert.True(messages.Count > 300);
        Assert.All(messages, message =>
        {
            var bytes = message.Hex("sign_bytes");
            Assert.Equal(RefusalReason.RawBytesAreMessage, celestia.Judge(Ask.Chain, Celestia(bytes, "compactBlock")).Refusal?.Reason);
            Assert.Equal(RefusalReason.RawBytesAreMessage, cometBft.Judge(Ask.Chain, new RawBytesRequest.CometBft(bytes)).Refusal?.Reason);
        });
    }

    // Otherwise a chain of the CometBFT form would sign for a Celestia that has the same key.
    [Fact]
    public void The_form_without_a_name_does_not_sign_what_the_other_one_would()
    {
        var signBytes = RawBytesSignBytes.Of(Ask.Chain, [1, 2, 3], "compactBlock"u8);

        var refusal = CometBftOnly.Judge(Ask.Chain, new RawBytesRequest.CometBft(signBytes.Memory)).Refusal!;

        Assert.Equal("raw bytes that are a consensus message at chain test-chain-1 (to a chain they would be a raw-bytes message)", refusal.ToString());
    }

    // Celestia's compact block: bp_hash 1, blobs 2, proposal 4, last_length 5, parts_hashes 6 (proto/tendermint/propagation/types.proto).
    [Theory, InlineData(0), InlineData(3)]
    public void A_compact_block_of_Celestia_is_signed(int blobs)
    {
        var writer = new ProtoWriter().Bytes(1, Ask.Hash(1).Span);
        for (var i = 0; i < blobs; i++) writer.Bytes(2, new ProtoWriter().Int64(1, i).Int64(2, 9).Bytes(3, Ask.Hash(2).Span).Written);
        writer.Bytes(4, new ProtoWriter().Int64(1, 32).Int64(2, 100).Bytes(5, Ask.Hash(3).Span).Written).Int64(5, 65_536);
        for (var i = 0; i < 8; i++) writer.Bytes(6, Ask.Hash((byte)i).Span);

        Assert.Null((CelestiaOnly with { MaxBytes = 10_000 }).Judge(Ask.Chain, Celestia(writer.ToDelimited(), "compactBlock")).Refusal);
    }

    // The node checks with its own encoder; here it is Google's, and the signature is verified with BouncyCastle.
    [Fact]
    public void The_signature_is_the_one_that_Celestia_verifies()
    {
        var payload = Enumerable.Range(0, 90).Select(i => (byte)i).ToArray();
        var bytes = CelestiaOnly.Judge(Ask.Chain, Celestia(payload, "compactBlock")).SignBytes!;
        var seed = Enumerable.Repeat((byte)9, 32).ToArray();
        var signature = CometBft.Sign(seed, bytes.Span);

        var expected = NodeWire.RawBytesSignBytes(Ask.Chain.Utf8.ToArray(), payload, "compactBlock"u8.ToArray());
        var verifier = new Ed25519Signer();
        verifier.Init(forSigning: false, new Ed25519PrivateKeyParameters(seed).GeneratePublicKey());
        verifier.BlockUpdate(expected);
        Assert.True(verifier.VerifySignature(signature.Span.ToArray()));
        Assert.Equal(
            "COMET::RAW_BYTES::SIGN"u8.ToArray().Concat(Convert.FromHexString("11" + "0a0474657374" + "12020102" + "1a05" + "7468696e67")).ToArray(),
            RawBytesSignBytes.Of(new ChainId("test"), [1, 2], "thing"u8).Span.ToArray());
    }

    private static RawBytesRequest.Celestia Celestia(byte[] payload, string uniqueId) => new(Ask.Chain, Encoding.UTF8.GetBytes(uniqueId), payload);
}
