using Kms.Testing.Ledger;

namespace Kms.Hardware.Tests.Ledger.Simulator;

/// <summary>What the app signs after what, and what it never does.</summary>
public sealed class AppRuleTests : IDisposable
{
    private static readonly VoteType[] Types = [VoteType.Proposal, VoteType.Prevote, VoteType.Precommit];

    private readonly SimulatedLedger _ledger = new();
    private readonly DirectHost _host;

    public AppRuleTests() => _host = new DirectHost(_ledger);

    public void Dispose() => _host.Dispose();

    // Last type, next type, whether it is signed at the same height and round.
    [Theory]
    [InlineData(VoteType.Proposal, VoteType.Proposal, false)]
    [InlineData(VoteType.Proposal, VoteType.Prevote, true)]
    [InlineData(VoteType.Proposal, VoteType.Precommit, true)]
    [InlineData(VoteType.Prevote, VoteType.Proposal, false)]
    [InlineData(VoteType.Prevote, VoteType.Prevote, false)]
    [InlineData(VoteType.Prevote, VoteType.Precommit, true)]
    [InlineData(VoteType.Precommit, VoteType.Proposal, false)]
    [InlineData(VoteType.Precommit, VoteType.Prevote, false)]
    [InlineData(VoteType.Precommit, VoteType.Precommit, false)]
    public void At_the_same_height_and_round_types_go_forward(VoteType last, VoteType next, bool isSigned)
    {
        Begin(last, 100, 2);
        Assert.Equal(isSigned, IsSigned(next, 100, 2));
        Assert.Equal(isSigned ? next.ToString() : last.ToString(), _ledger.Screen[1][..10].TrimEnd());
    }

    [Fact]
    public void A_larger_height_or_round_is_signed_and_a_smaller_one_is_not_whatever_the_types()
    {
        foreach (var last in Types)
        foreach (var next in Types)
        foreach (var (height, round, isSigned) in new[] { (101, 0, true), (100, 3, true), (101, 9, true), (99, 9, false), (100, 1, false) })
        {
            _ledger.Quit();
            _ledger.Open(LedgerProgram.Validator);
            Begin(last, 100, 2);
            Assert.Equal(isSigned, IsSigned(next, height, round));
        }
    }

    [Fact]
    public void A_refused_message_changes_nothing()
    {
        Begin(VoteType.Prevote, 100, 0);
        Assert.False(IsSigned(VoteType.Prevote, 99, 0));
        Assert.Equal("076984", _host.Ask(Messages.Sign(Messages.For(VoteType.Prevote, 200, 0, new string('c', 50)))));
        Assert.True(IsSigned(VoteType.Precommit, 100, 0));
    }

    // Of the longest chain ids; votes for nothing fit always.
    [Theory]
    [InlineData(VoteType.Prevote, 0, false, 26)]
    [InlineData(VoteType.Precommit, 1, false, 17)]
    [InlineData(VoteType.Proposal, 0, false, 15)]
    [InlineData(VoteType.Proposal, 1, false, 6)]
    [InlineData(VoteType.Precommit, 1, true, 50)]
    public void The_length_of_the_chain_id_decides_what_can_be_signed(VoteType type, int round, bool isNil, int longest)
    {
        Begin(VoteType.Precommit, 1, 0);
        Assert.EndsWith("9000", _host.Ask(Messages.Sign(Messages.For(type, 2, round, new string('c', longest), isNil))), StringComparison.Ordinal);
        if (!isNil) Assert.Equal("076984", _host.Ask(Messages.Sign(Messages.For(type, 3, round, new string('c', longest + 1)))));
    }

    [Theory]
    [InlineData("", "01")]
    [InlineData("80", "01")]
    [InlineData("ffffffffffffffffffff", "01")]
    [InlineData("00", "04")]
    [InlineData("05 0801", "07")]
    [InlineData("01 0801", "07")]
    [InlineData("02 0801 00", "07")]
    [InlineData("01 08", "01")]
    [InlineData("02 0a00", "03")]
    [InlineData("04 08011000", "03")]
    [InlineData("0a 0801 110000000000000000", "07")]
    [InlineData("0a 0801 1100000000000000", "01")]
    [InlineData("03 0801 19", "01")]
    [InlineData("02 0000", "02")]
    [InlineData("02 0803", "04")]
    [InlineData("02 0800", "04")]
    [InlineData("0b 0801 11ffffffffffffffff", "05")]
    [InlineData("0b 0801 198000000000000000", "05")]
    [InlineData("0b 0801 190001000000000000", "06")]
    [InlineData("0b 0801 19ffffffffffffffff", "06")]
    public void What_cannot_be_read_is_refused_at_once_with_the_reason(string message, string reason)
    {
        Assert.Equal(reason + "6984", _host.Ask(Messages.Sign(Messages.Of(message))));
        Assert.Null(_ledger.Prompt);
    }

    // Fields in another order, one twice, none but the type, garbage after the three.
    [Theory]
    [InlineData("14 190500000000000000 110700000000000000 0801", 7, 5)]
    [InlineData("14 0802 110900000000000000 110700000000000000", 7, 0)]
    [InlineData("02 0801", 0, 0)]
    [InlineData("05 0801 ffffff", 0, 0)]
    public void The_parser_looks_at_three_fields_and_no_further(string message, long height, byte round)
    {
        Assert.Null(_host.Ask(Messages.Sign(Messages.Of(message))));
        Assert.Equal((height, round), (_ledger.Prompt!.Value.Height, _ledger.Prompt.Value.Round));
    }

    [Fact]
    public void Chunks_are_joined_whatever_their_numbers()
    {
        Begin(VoteType.Precommit, 1, 0);
        var message = Messages.For(VoteType.Prevote, 2, 0);
        Assert.Equal("9000", _host.Ask([0x56, 2, 1, 9, 0, .. message[..10]]));
        Assert.Equal("9000", _host.Ask([0x56, 2, 7, 9, 255, .. message[10..11]]));
        Assert.EndsWith("9000", _host.Ask([0x56, 2, 3, 3, 1, .. message[11..]]), StringComparison.Ordinal);
        Assert.Equal(message, _ledger.Signed[^1]);
        // Without an index 1 the old message is still in front.
        Assert.Equal("076984", _host.Ask([0x56, 2, 2, 2, 1, .. Messages.For(VoteType.Prevote, 3, 0)]));
    }

    [Fact]
    public void A_nano_x_has_room_for_more()
    {
        using var host = new DirectHost(new SimulatedLedger(new LedgerOptions { Model = LedgerModel.NanoX }));
        for (byte index = 1; index <= 65; index++) Assert.Equal("9000", host.Ask([0x56, 2, index, 255, 250, .. new byte[250]]));
        Assert.Equal("6983", host.Ask([0x56, 2, 66, 255, 250, .. new byte[250]]));
    }

    private void Begin(VoteType type, long height, long round)
    {
        Assert.Null(_host.Ask(Messages.Sign(Messages.For(type, height, round, isNil: true))));
        _ledger.Confirm();
        Assert.EndsWith("9000", _host.Late(), StringComparison.Ordinal);
    }

    private bool IsSigned(VoteType type, long height, long round)
    {
        var before = _ledger.Signed.Length;
        var answer = _host.Ask(Messages.Sign(Messages.For(type, height, round, isNil: true)));
        if (_ledger.Signed.Length > before) return true;
        Assert.Equal("6985", answer);
        return false;
    }
}
