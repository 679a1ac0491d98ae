using Kms.Core.Consensus;
using Kms.Hardware.Ledger;
using Kms.Hardware.Ledger.Commands;
using Kms.Protocol.SignBytes;
using static Kms.Hardware.Tests.Ledger.LedgerMessages;

namespace Kms.Hardware.Tests.Ledger;

public sealed class AppRulesTests
{
    [Theory]
    [InlineData(false, false, 26)]
    [InlineData(false, true, 17)]
    [InlineData(true, false, 15)]
    [InlineData(true, true, 6)]
    public void The_longest_chain_id_is_where_messages_become_too_long(bool isProposal, bool afterRoundZero, int longest)
    {
        Assert.Equal(longest, AppLimits.LongestChainId(isProposal, afterRoundZero));
        for (var size = 1; size <= ChainId.MaxLength; size++)
        {
            var chain = new ChainId(new string('c', size));
            var round = afterRoundZero ? 1 : 0;
            var refusal = AppRules.Read(isProposal ? Proposal(5, round, chain) : Precommit(5, round, chain), out _);
            Assert.Equal(size > longest, refusal is not null);
            if (refusal is not null) Assert.Contains("at most 127 bytes", refusal, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Votes_for_nil_and_the_message_of_init_always_fit()
    {
        var chain = new ChainId(new string('c', ChainId.MaxLength));
        var nil = CanonicalSignBytes.Vote(chain, CanonicalSignBytes.PrecommitType, long.MaxValue, AppRules.MaxRound, null, Noon);
        Assert.Null(AppRules.Read(nil, out var position));
        Assert.Equal(new Hrs(long.MaxValue, AppRules.MaxRound, Step.Precommit), position);
        Assert.Null(AppRules.Read(InitMessage.Of(chain, new Height(long.MaxValue), new Round(AppRules.MaxRound)), out position));
        Assert.Equal(new Hrs(long.MaxValue, AppRules.MaxRound, Step.Proposal), position);
    }

    [Theory]
    [InlineData(5, 127, null)]
    [InlineData(5, 128, "in round 128")]
    [InlineData(5, int.MaxValue, "in round 2147483647")]
    [InlineData(5, -1, "in round -1")]
    [InlineData(0, 0, null)]
    [InlineData(-1, 0, "at height -1")]
    [InlineData(long.MaxValue, 0, null)]
    public void Heights_and_rounds(long height, int round, string? sentence)
    {
        var refusal = AppRules.Read(Prevote(height, round), out var position);
        Assert.Equal(sentence is null, refusal is null);
        if (sentence is not null) Assert.Contains(sentence, refusal, StringComparison.Ordinal);
        else Assert.Equal(new Hrs(height, round, Step.Prevote), position);
    }

    [Fact]
    public void Vote_extensions_and_raw_bytes_are_named()
    {
        foreach (var extension in new[] { "abc"u8.ToArray(), [] })
            Assert.Contains("vote extensions", AppRules.Read(CanonicalSignBytes.VoteExtension(Chain, 5, 1, extension), out _), StringComparison.Ordinal);
        Assert.Contains("this is none", AppRules.Read(RawBytesSignBytes.Of(Chain, [1, 2, 3], "id"u8), out _), StringComparison.Ordinal);
        Assert.Contains("this is none", AppRules.Read(new SignBytes([]), out _), StringComparison.Ordinal);
        Assert.Contains("this is none", AppRules.Read(new SignBytes("abc"u8), out _), StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_app_might_read_otherwise_is_refused()
    {
        var vote = Prevote(100).Span.ToArray();
        byte[][] others =
        [
            // A length of two bytes; the type again, in the number's usual form and in a longer one; the height again; the round before the height.
            [(byte)(vote[0] | 0x80), 0, .. vote[1..]],
            Framed([.. vote[1..12], 0x08, 0x02, .. vote[12..]]),
            Framed([.. vote[1..12], 0x88, 0x00, 0x02, .. vote[12..]]),
            Framed([.. vote[1..12], .. vote[3..12], .. vote[12..]]),
            Framed([0x08, 0x01, 0x19, 1, 0, 0, 0, 0, 0, 0, 0, .. vote[3..]]),
            Framed([0x08, 0x81, 0x00, .. vote[3..]]),
        ];
        foreach (var other in others) Assert.NotNull(AppRules.Read(new SignBytes(other), out _));
    }

    [Fact]
    public void Every_truncation_is_refused_and_every_flipped_bit_read_without_an_exception()
    {
        foreach (var message in new[] { Prevote(100, 3), Proposal(100), Precommit(7) })
        {
            for (var size = 0; size < message.Length; size++) Assert.NotNull(AppRules.Read(new SignBytes(message.Span[..size]), out _));
            for (var bit = 0; bit < 8 * message.Length; bit++)
            {
                var flipped = message.Span.ToArray();
                flipped[bit / 8] ^= (byte)(1 << (bit % 8));
                var refusal = AppRules.Read(new SignBytes(flipped), out var position);
                if (refusal is not null) Assert.Equal(default, position);
                if (bit < 8) Assert.NotNull(refusal);
            }
        }
    }

    [Fact]
    public void A_number_that_is_cut_short_is_refused_also_with_a_length_that_fits()
    {
        const int EndOfType = 2, EndOfHeight = 11, EndOfRound = 20;
        var payload = Prevote(100, 3).Span[1..];
        for (var size = 0; size < EndOfRound; size++)
            Assert.Equal(size is EndOfType or EndOfHeight, AppRules.Read(new SignBytes(Framed(payload[..size].ToArray())), out _) is null);
    }

    [Theory]
    [InlineData("cosmos")]
    [InlineData("cosmoshub-4", "proposals in rounds after 0 may")]
    [InlineData("a-chain-of-27-bytes-in-all-", "after 0, proposals in round 0, votes for a block in rounds after 0, votes for a block in round 0 may")]
    public void What_the_configuration_shows(string chain, params string[] sentences)
    {
        var warnings = AppLimits.Warnings(new ChainId(chain)).ToArray();
        Assert.Equal(sentences.Length, warnings.Length);
        foreach (var (sentence, warning) in sentences.Zip(warnings))
        {
            Assert.StartsWith($"chain {chain}: ", warning, StringComparison.Ordinal);
            Assert.Contains(sentence, warning, StringComparison.Ordinal);
        }
    }

    private static byte[] Framed(byte[] payload) => [(byte)payload.Length, .. payload];
}
