using Kms.Testing.Ledger;

namespace Kms.Hardware.Tests.Ledger.Simulator;

/// <summary>What its owner does to the device, and what the host sees of it.</summary>
public sealed class DeviceTests : IDisposable
{
    private static readonly byte[] Version = Messages.Of("5600000000");
    private static readonly byte[] First = Messages.Sign(Messages.For(VoteType.Prevote, 100, 0));
    private static readonly byte[] Second = Messages.Sign(Messages.For(VoteType.Precommit, 100, 0));

    private readonly SimulatedLedger _ledger = new();
    private readonly DirectHost _host;

    public DeviceTests() => _host = new DirectHost(_ledger);

    public void Dispose() => _host.Dispose();

    [Fact]
    public void While_it_asks_it_answers_nothing_and_the_late_answer_is_the_first_ones()
    {
        Assert.Null(_host.Ask(First));
        Assert.Null(_host.Ask(Version));
        Assert.Null(_host.Ask(Second));
        Assert.Null(_host.Ask([]));
        _ledger.Confirm();
        Assert.EndsWith("9000", _host.Late(), StringComparison.Ordinal);
        Assert.Null(_host.Late());
        Assert.Equal(First[5..], Assert.Single(_ledger.Signed));
    }

    [Fact]
    public void A_rejected_message_leaves_nothing_and_the_next_one_is_asked_again()
    {
        Assert.Null(_host.Ask(First));
        _ledger.Deny();
        Assert.Equal("6986", _host.Late());
        Assert.Equal("000009019000", _host.Ask(Version));
        Assert.Null(_host.Ask(First));
        Assert.NotNull(_ledger.Prompt);
        Assert.Empty(_ledger.Signed);
    }

    [Fact]
    public void Buttons_do_nothing_when_nothing_is_asked()
    {
        _ledger.Confirm();
        _ledger.Deny();
        Assert.Null(_host.Late());
        Begin();
        _ledger.Deny();
        Assert.Null(_host.Late());
        Assert.EndsWith("9000", _host.Ask(Second), StringComparison.Ordinal);
    }

    [Fact]
    public void A_button_may_be_pressed_by_whoever_is_told_of_the_question()
    {
        _ledger.Prompted += _ledger.Confirm;
        Assert.EndsWith("9000", _host.Ask(First), StringComparison.Ordinal);
        Assert.EndsWith("9000", _host.Ask(Second), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(LedgerProgram.Dashboard, "0105424f4c4f5305312e362e3101009000")]
    [InlineData(LedgerProgram.Wallet, "0106436f736d6f7306322e33342e3401009000")]
    public void Another_program_knows_only_its_name(LedgerProgram program, string name)
    {
        Assert.Equal("010a54656e6465726d696e7405302e392e3101009000", _host.Ask([0xB0, 1, 0, 0, 0]));
        Begin();
        _ledger.Open(program);
        Assert.Equal("6e00", _host.Ask(Version));
        Assert.Equal("6e00", _host.Ask(Second));
        Assert.Equal(name, _host.Ask([0xB0, 1, 0, 0, 0]));

        _ledger.Open(LedgerProgram.Validator);
        Assert.Equal("000009019000", _host.Ask(Version));
        Assert.Null(_host.Ask(Second));
        Assert.Equal(["Init validation", "Height: 100", "Round: 000"], _ledger.Screen);
    }

    [Fact]
    public void Every_program_is_another_product_of_the_same_vendor()
    {
        var left = 0;
        _ledger.Detached += () => left++;
        Assert.Equal(0x1001, _ledger.ProductId);
        _ledger.Quit();
        Assert.Equal(0x1011, _ledger.ProductId);
        _ledger.Open(LedgerProgram.Wallet);
        Assert.Equal(0x1015, _ledger.ProductId);
        Assert.Equal(2, left);
        Assert.Equal(0x4001, new SimulatedLedger(new LedgerOptions { Model = LedgerModel.NanoX }).ProductId);
    }

    [Fact]
    public void A_locked_device_says_so_and_forgets_nothing_unless_its_app_ends()
    {
        Begin();
        _ledger.Lock();
        Assert.Equal("5515", _host.Ask(Version));
        Assert.Equal("5515", _host.Ask(Second));
        _ledger.Unlock();
        Assert.EndsWith("9000", _host.Ask(Second), StringComparison.Ordinal);

        _ledger.Lock(endsApp: true);
        _ledger.Unlock();
        Assert.Equal("6e00", _host.Ask(Version));
    }

    [Fact]
    public void A_question_survives_the_lock_and_waits_for_the_pin()
    {
        Assert.Null(_host.Ask(First));
        _ledger.Lock();
        _ledger.Confirm();
        Assert.Null(_host.Late());
        _ledger.Unlock();
        _ledger.Confirm();
        Assert.EndsWith("9000", _host.Late(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_unplugged_device_comes_back_without_its_memory()
    {
        Begin();
        _ledger.Unplug();
        Assert.Throws<IOException>(() => _ledger.Send(Version));
        Assert.Empty(_ledger.Screen);
        _ledger.Plug(LedgerProgram.Dashboard, locked: true);
        Assert.Equal("5515", _host.Ask(Version));
        _ledger.Unlock();
        _ledger.Open(LedgerProgram.Validator);
        Assert.Null(_host.Ask(First));
        _ledger.Unplug();
        _ledger.Confirm();
        Assert.Null(_host.Late());
        Assert.Single(_ledger.Signed);
    }

    [Fact]
    public void It_says_what_it_was_made_to_say()
    {
        using var host = new DirectHost(new SimulatedLedger(new LedgerOptions { AppVersion = new System.Version(0, 8, 0), IsTestBuild = true }));
        Assert.Equal("ff0008009000", host.Ask(Version));
        var old = new SimulatedLedger(new LedgerOptions { LockedStatus = 0x6804 });
        using var locked = new DirectHost(old);
        old.Lock();
        Assert.Equal("6804", locked.Ask(Version));
    }

    private void Begin()
    {
        Assert.Null(_host.Ask(First));
        _ledger.Confirm();
        Assert.EndsWith("9000", _host.Late(), StringComparison.Ordinal);
    }
}
