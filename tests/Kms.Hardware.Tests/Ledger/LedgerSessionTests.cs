using System.Threading.Channels;
using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Hardware.Ledger;
using Kms.Testing.Ledger;
using static Kms.Hardware.Tests.Ledger.LedgerMessages;
using LedgerOptions = Kms.Hardware.Ledger.LedgerOptions;

namespace Kms.Hardware.Tests.Ledger;

public sealed class LedgerSessionTests : IDisposable
{
    private static readonly CancellationToken NoDeadline = CancellationToken.None;

    private readonly SimulatedLedger _ledger = new();
    private readonly SimulatedTransport _transport;
    private readonly Channel<LedgerNotice> _notices = Channel.CreateUnbounded<LedgerNotice>();
    private readonly LedgerOptions _options;

    public LedgerSessionTests()
    {
        _transport = new SimulatedTransport(_ledger);
        _options = new LedgerOptions { PromptAfter = TimeSpan.Zero, Notify = notice => _notices.Writer.TryWrite(notice) };
    }

    public void Dispose() => _transport.Dispose();

    [Fact]
    public async Task The_first_message_waits_for_the_button_and_the_next_is_signed_after_it()
    {
        await using var session = await OpenAsync();
        AssertWaiting(await session.SignAsync(Prevote(100, 3), NoDeadline), 100, 3);
        await AssertNotice(LedgerNoticeKind.Asked, "height 100 round 3");

        // Nothing else is sent, and the screen is that of the first.
        AssertWaiting(await session.SignAsync(Precommit(100, 4), NoDeadline), 100, 3);
        AssertWaiting(await session.SignAsync(Prevote(101), NoDeadline), 100, 3);
        AssertWaiting(await session.SignAsync(Prevote(100, 3), NoDeadline), 100, 3);
        Assert.Null(await session.KeepAliveAsync(NoDeadline));
        Assert.Equal(3, _transport.Sent.Count);
        Assert.False(_notices.Reader.TryRead(out _));

        _ledger.Confirm();
        await AssertNotice(LedgerNoticeKind.Confirmed, "height 100 round 3");
        AssertSigned(await session.SignAsync(Prevote(101), NoDeadline));
        Assert.Equal([Prevote(100, 3), Prevote(101)], _ledger.Signed.Select(bytes => new SignBytes(bytes)));
    }

    [Fact]
    public async Task A_late_signature_is_for_the_same_bytes_alone()
    {
        await using var session = await OpenAsync();
        await session.SignAsync(Prevote(100), NoDeadline);
        _ledger.Confirm();
        await AssertNotice(LedgerNoticeKind.Asked, "");
        await AssertNotice(LedgerNoticeKind.Confirmed, "");

        var given = AssertSigned(await session.SignAsync(Prevote(100), NoDeadline));
        Assert.Equal(given, AssertSigned(await session.SignAsync(Prevote(100), NoDeadline)));
        Assert.Single(_ledger.Signed);
        // Another timestamp: the device's rule, and a reason.
        var refused = Assert.IsType<LedgerOutcome.Refused>(await session.SignAsync(Prevote(100, 0, new Timestamp(1_700_000_001, 0)), NoDeadline));
        Assert.Contains("double-sign rule", refused.Reason, StringComparison.Ordinal);
        Assert.NotEqual(given, AssertSigned(await session.SignAsync(Precommit(100), NoDeadline)));
    }

    [Fact]
    public async Task A_request_that_waits_when_the_button_is_pressed_has_its_signature()
    {
        await using var session = await OpenAsync(_options with { PromptAfter = Timeout.InfiniteTimeSpan });
        var waiting = session.SignAsync(Prevote(100), NoDeadline).AsTask();
        Assert.False(waiting.IsCompleted);
        _ledger.Confirm();
        AssertSigned(await waiting);
        Assert.False(_notices.Reader.TryRead(out _));
    }

    [Fact]
    public async Task A_rejected_prompt_comes_again_with_the_next_request()
    {
        await using var session = await OpenAsync();
        await session.SignAsync(Prevote(100), NoDeadline);
        _ledger.Deny();
        await AssertNotice(LedgerNoticeKind.Asked, "height 100 round 0");
        await AssertNotice(LedgerNoticeKind.NotConfirmed, "rejected on the device");
        AssertWaiting(await session.SignAsync(Prevote(101), NoDeadline), 101, 0);
        await AssertNotice(LedgerNoticeKind.Asked, "height 101 round 0");
        Assert.Empty(_ledger.Signed);
    }

    [Fact]
    public async Task The_deadline_of_a_request_leaves_the_prompt_open()
    {
        await using var session = await OpenAsync(_options with { PromptAfter = Timeout.InfiniteTimeSpan });
        using var deadline = new CancellationTokenSource();
        var request = session.SignAsync(Prevote(100), deadline.Token).AsTask();
        await deadline.CancelAsync();
        AssertWaiting(await request, 100, 0);
        // That the device asks is known now: nobody waits for it again.
        var again = session.SignAsync(Prevote(100), NoDeadline).AsTask();
        Assert.True(again.IsCompleted);
        AssertWaiting(await again, 100, 0);
        _ledger.Confirm();
        await AssertNotice(LedgerNoticeKind.Asked, "");
        await AssertNotice(LedgerNoticeKind.Confirmed, "");
        AssertSigned(await session.SignAsync(Prevote(100), NoDeadline));
        Assert.Single(_ledger.Signed);
    }

    [Fact]
    public async Task Unplugged_while_it_waits()
    {
        await using var session = await OpenAsync();
        await session.SignAsync(Prevote(100), NoDeadline);
        _ledger.Unplug();
        await AssertNotice(LedgerNoticeKind.Asked, "");
        await AssertNotice(LedgerNoticeKind.NotConfirmed, "unplugged");
        Assert.IsType<LedgerOutcome.Lost>(await session.SignAsync(Prevote(100), NoDeadline));
        Assert.NotNull(await session.KeepAliveAsync(NoDeadline));

        _ledger.Plug();
        await using var next = await OpenAsync();
        AssertWaiting(await next.SignAsync(Prevote(100), NoDeadline), 100, 0);
    }

    [Fact]
    public async Task Signatures_are_repeated_by_later_sessions()
    {
        Signature given;
        await using (var session = await OpenAsync())
        {
            await session.InitAsync(Chain, new Height(99), new Round(0), Confirmed());
            given = AssertSigned(await session.SignAsync(Prevote(100), NoDeadline));
        }

        _ledger.Unplug();
        _ledger.Plug();
        await using var next = await OpenAsync();
        Assert.Equal(given, AssertSigned(await next.SignAsync(Prevote(100), NoDeadline)));
        Assert.Null(_ledger.Prompt);
    }

    [Fact]
    public async Task What_the_app_cannot_sign_is_not_sent()
    {
        await using var session = await OpenAsync();
        var sent = _transport.Sent.Count;
        foreach (var message in new[] { Prevote(100, 128), Precommit(-1), new SignBytes([]), new SignBytes([1, 2, 3]), Proposal(5, 1) })
            Assert.IsType<LedgerOutcome.Refused>(await session.SignAsync(message, NoDeadline));
        Assert.IsType<LedgerOutcome.Refused>(await session.SignAsync(Prevote(1), new CancellationToken(canceled: true)));
        Assert.Equal(sent, _transport.Sent.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Closing_gives_up_the_prompt_and_the_next_session_does_not_take_its_answer(bool isConfirmed)
    {
        var session = await OpenAsync();
        await session.SignAsync(Prevote(100), NoDeadline);
        await session.DisposeAsync();
        await session.DisposeAsync();
        await AssertNotice(LedgerNoticeKind.Asked, "height 100 round 0");
        await AssertNotice(LedgerNoticeKind.NotConfirmed, "If its screen still asks, accept or reject there");
        Assert.Equal("the session is closed", Assert.IsType<LedgerOutcome.Lost>(await session.SignAsync(Prevote(101), NoDeadline)).Reason);

        using var deadline = new CancellationTokenSource();
        var opening = LedgerSession.OpenAsync(_transport, _options, deadline.Token).AsTask();
        await deadline.CancelAsync();
        Assert.Contains("if the device's screen shows \"Init validation\", accept or reject it", (await opening).Failure!.Reason, StringComparison.Ordinal);

        // The button's answer comes instead of the version, which is asked for again.
        opening = LedgerSession.OpenAsync(_transport, _options, NoDeadline).AsTask();
        if (isConfirmed) _ledger.Confirm();
        else _ledger.Deny();
        var opened = await opening;
        Assert.Null(opened.Failure);
        await using var next = opened.Response!;
        if (isConfirmed) AssertSigned(await next.SignAsync(Precommit(100), NoDeadline));
        else AssertWaiting(await next.SignAsync(Precommit(100), NoDeadline), 100, 0);
    }

    [Fact]
    public async Task Keeping_alive_shows_that_the_app_was_closed()
    {
        await using var session = await OpenAsync();
        Assert.Null(await session.KeepAliveAsync(NoDeadline));
        _ledger.Quit();
        Assert.Contains("open the Tendermint app", await session.KeepAliveAsync(NoDeadline), StringComparison.Ordinal);
        Assert.IsType<LedgerOutcome.Lost>(await session.SignAsync(Prevote(100), NoDeadline));
    }

    [Fact]
    public async Task Locked_while_it_signs()
    {
        await using var session = await OpenAsync();
        Assert.Null(await session.InitAsync(Chain, new Height(99), new Round(0), Confirmed()));
        _ledger.Lock();
        var lost = Assert.IsType<LedgerOutcome.Lost>(await session.SignAsync(Prevote(100), NoDeadline));
        Assert.Contains("unlock it", lost.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Init_sets_the_position_that_is_confirmed()
    {
        await using var session = await OpenAsync();
        Assert.Null(await session.InitAsync(Chain, new Height(100), new Round(2), Confirmed()));
        Assert.IsType<LedgerOutcome.Refused>(await session.SignAsync(Precommit(100, 1), NoDeadline));
        AssertSigned(await session.SignAsync(Prevote(100, 2), NoDeadline));
        AssertSigned(await session.SignAsync(Precommit(100, 2), NoDeadline));
        // Its signature is not kept: a second time is a new question to the device.
        Assert.Contains("double-sign rule", await session.InitAsync(Chain, new Height(100), new Round(2), NoDeadline), StringComparison.Ordinal);
        Assert.Contains("in round 128", await session.InitAsync(Chain, new Height(100), new Round(128), NoDeadline), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Init_that_nobody_confirms_says_what_to_do()
    {
        await using var session = await OpenAsync();
        using var deadline = new CancellationTokenSource();
        var init = session.InitAsync(Chain, new Height(100), new Round(2), deadline.Token).AsTask();
        await deadline.CancelAsync();
        Assert.Contains("waiting for confirmation on the Ledger at height 100 round 2", await init, StringComparison.Ordinal);
    }

    private CancellationToken Confirmed()
    {
        _ledger.Prompted += _ledger.Confirm;
        return NoDeadline;
    }

    private Task<LedgerSession> OpenAsync() => OpenAsync(_options);

    private async Task<LedgerSession> OpenAsync(LedgerOptions options)
    {
        var opened = await LedgerSession.OpenAsync(_transport, options, NoDeadline);
        Assert.Null(opened.Failure);
        Assert.Equal(_ledger.PublicKey, opened.Response!.PublicKey.Span.ToArray());
        return opened.Response;
    }

    private async Task AssertNotice(LedgerNoticeKind kind, string sentence)
    {
        var notice = await _notices.Reader.ReadAsync();
        Assert.Equal(kind, notice.Kind);
        Assert.Contains(sentence, notice.Sentence, StringComparison.Ordinal);
    }

    private static void AssertWaiting(LedgerOutcome outcome, long height, int round)
    {
        var waiting = Assert.IsType<LedgerOutcome.Waiting>(outcome);
        Assert.Equal((new Height(height), new Round(round)), (waiting.At.Height, waiting.At.Round));
        Assert.StartsWith($"waiting for confirmation on the Ledger at height {height} round {round}:", waiting.Reason, StringComparison.Ordinal);
    }

    private static Signature AssertSigned(LedgerOutcome outcome) => Assert.IsType<LedgerOutcome.Signed>(outcome).Signature;
}
