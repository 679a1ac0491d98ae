using CsCheck;
using Kms.Core.Consensus;
using Kms.Protocol.SignBytes;
using Kms.Testing;
using Bytes = Kms.Core.Consensus.SignBytes;

namespace Kms.Protocol.Tests.SignBytes;

/// <summary>Sign bytes read back: exactly the messages that give the same bytes again, and nothing else.</summary>
public class CanonicalMessageTests
{
    public static TheoryData<string> Versions => CometBft.Versions;

    [Theory, MemberData(nameof(Versions))]
    public void Votes_of_CometBFT_are_read_back(string version)
    {
        var votes = Signable(version, "votes").Where(vector => vector.In("vote").Int("type") is 1 or 2).ToList();

        Assert.NotEmpty(votes);
        Assert.All(votes, vector =>
        {
            var bytes = new Bytes(vector.Hex("sign_bytes"));
            Assert.True(CanonicalMessage.TryParse(bytes, out var chain, out var message));

            var vote = vector.In("vote");
            var hrs = new Hrs(vote.Number("height"), vote.Int("round"), (Step)vote.Int("type"));
            Assert.Equal(new ChainId(vector.Hex("chain_id_hex")), chain);
            Assert.Equal(new SignedMessage(hrs, CometBft.Block(vote), null, vote.Time("timestamp"), bytes), message);
        });
    }

    [Theory, MemberData(nameof(Versions))]
    public void Proposals_of_CometBFT_are_read_back(string version)
    {
        var proposals = Signable(version, "proposals");

        Assert.NotEmpty(proposals);
        Assert.All(proposals, vector =>
        {
            var bytes = new Bytes(vector.Hex("sign_bytes"));
            Assert.True(CanonicalMessage.TryParse(bytes, out var chain, out var message));

            var proposal = vector.In("proposal");
            var hrs = new Hrs(proposal.Number("height"), proposal.Int("round"), Step.Proposal);
            Assert.Equal(new ChainId(vector.Hex("chain_id_hex")), chain);
            Assert.Equal(new SignedMessage(hrs, CometBft.Block(proposal), proposal.Int("pol_round"), proposal.Time("timestamp"), bytes), message);
        });
    }

    [Theory, MemberData(nameof(Versions))]
    public void Votes_of_a_type_that_does_not_exist_are_refused(string version)
    {
        var odd = Signable(version, "votes").Where(vector => vector.In("vote").Int("type") is not (1 or 2)).ToList();

        Assert.NotEmpty(odd);
        Assert.All(odd, vector => Assert.False(CanonicalMessage.TryParse(new Bytes(vector.Hex("sign_bytes")), out _, out _)));
    }

    [Theory, InlineData("v0.38"), InlineData("v1.0")]
    public void Vote_extensions_are_refused(string version) =>
        Assert.All(Signable(version, "votes"), vector =>
            Assert.False(CanonicalMessage.TryParse(new Bytes(vector.Hex("ext_sign_bytes")), out _, out _)));

    [Fact]
    public void Every_changed_byte_and_every_cut_fails_or_is_another_message_with_exactly_these_bytes()
    {
        var (read, refused) = (0, 0);
        foreach (var good in Samples())
        {
            for (var at = 0; at < good.Length; at++)
            {
                Count(good[..at], isCut: true);
                for (var value = 0; value < 256; value++)
                {
                    if (value == good[at]) continue;
                    var bytes = good.ToArray();
                    bytes[at] = (byte)value;
                    Count(bytes, isCut: false);
                }
            }

            Count([.. good, 0], isCut: true);
        }

        // Another height is another message; another length is none.
        Assert.True(read > 1000 && refused > 1000, $"{read} read, {refused} refused");

        void Count(byte[] bytes, bool isCut)
        {
            if (IsExact(bytes)) read++;
            else refused++;
            if (isCut) Assert.False(CanonicalMessage.TryParse(new Bytes(bytes), out _, out _));
        }
    }

    [Fact]
    public void Random_bytes_are_refused_or_exact_but_never_throw() => Gen.Byte.Array[0, 150].Sample(bytes => { IsExact(bytes); }, iter: 50_000);

    [Fact]
    public void Random_damage_is_refused_or_exact_but_never_throws() =>
        Gen.Select(Gen.OneOf(Samples()), Gen.Select(Gen.Int[0, 200], Gen.Byte, Gen.Int[0, 2]).Array[1, 5]).Sample((good, wounds) =>
        {
            var bytes = good.ToList();
            foreach (var (at, value, kind) in wounds.Where(_ => bytes.Count > 0))
            {
                if (kind == 0) bytes[at % bytes.Count] = value;
                else if (kind == 1) bytes.RemoveAt(at % bytes.Count);
                else bytes.Insert(at % bytes.Count, value);
            }

            IsExact([.. bytes]);
        }, iter: 50_000);

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("80")]
    [InlineData("80808080808080808080")]
    [InlineData("1F0800110100000000000000190100000000000000" + "2A060880E2CFAA06320163")]
    // Round 2^31, which no vote has; a nil block that is written out; a length one too short.
    [InlineData("1F0802110100000000000000190000008000000000" + "2A060880E2CFAA06320163")]
    [InlineData("2308021101000000000000001901000000000000002202" + "12002A060880E2CFAA06320163")]
    [InlineData("1E0802110100000000000000190100000000000000" + "2A060880E2CFAA06320163")]
    public void What_is_no_message_is_refused(string hex) =>
        Assert.False(CanonicalMessage.TryParse(new Bytes(Convert.FromHexString(hex)), out _, out _));

    [Fact]
    public void The_vote_that_those_were_made_from_is_read()
    {
        var bytes = new Bytes(Convert.FromHexString("1F08021101000000000000001901000000000000002A060880E2CFAA06320163"));

        Assert.True(CanonicalMessage.TryParse(bytes, out var chain, out var message));
        Assert.Equal((new ChainId("c"), new Hrs(1, 1, Step.Precommit), (BlockId?)null), (chain, message.Hrs, message.Block));
    }

    private static List<Vector> Signable(string version, string kind) =>
        [.. CometBft.Load(version, "signbytes").All(kind).Where(vector => !vector.Has("panics"))];

    // A vote for a block, a nil vote, a proposal.
    private static byte[][] Samples() =>
    [
        Signable("v0.38", "votes").First(vector => vector.In("vote").Int("type") == 1 && CometBft.Block(vector.In("vote")) is not null).Hex("sign_bytes"),
        Signable("v0.38", "votes").First(vector => vector.In("vote").Int("type") == 2 && CometBft.Block(vector.In("vote")) is null).Hex("sign_bytes"),
        Signable("v0.38", "proposals").First(vector => CometBft.Block(vector.In("proposal")) is not null).Hex("sign_bytes"),
    ];

    private static bool IsExact(byte[] bytes)
    {
        if (!CanonicalMessage.TryParse(new Bytes(bytes), out var chain, out var message)) return false;
        Assert.Equal(bytes, CanonicalSignBytes.Of(chain, message).Span);
        Assert.Equal(bytes, message.SignBytes.Span);
        return true;
    }
}
