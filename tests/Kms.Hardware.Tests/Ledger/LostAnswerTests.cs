using Kms.Hardware.Ledger;
using Kms.Testing;
using static Kms.Hardware.Tests.Ledger.LedgerMessages;

namespace Kms.Hardware.Tests.Ledger;

/// <summary>What only a device out of order does.</summary>
public sealed class LostAnswerTests
{
    private static readonly CancellationToken NoDeadline = CancellationToken.None;
    private static readonly Vector Recording = Vectors.Load("ledger/ledger");
    private static readonly LedgerOptions AtOnce = new() { PromptAfter = TimeSpan.Zero };

    [Fact]
    public async Task A_confirmed_app_that_does_not_answer_is_lost_at_the_deadline()
    {
        var (wire, session) = await OpenAsync(Answer("", 0x6985));
        Assert.IsType<LedgerOutcome.Refused>(await session.SignAsync(Prevote(1), NoDeadline));
        using var deadline = new CancellationTokenSource();
        var request = session.SignAsync(Prevote(2), deadline.Token).AsTask();
        Assert.False(request.IsCompleted);
        await deadline.CancelAsync();
        Assert.Contains("did not answer before the deadline", Assert.IsType<LedgerOutcome.Lost>(await request).Reason, StringComparison.Ordinal);
        Assert.IsType<LedgerOutcome.Lost>(await session.SignAsync(Prevote(3), NoDeadline));
        Assert.NotNull(await session.KeepAliveAsync(NoDeadline));
        await session.DisposeAsync();
        Assert.Equal(4, wire.Asked);
        Assert.True(wire.IsGivenUp);
    }

    [Fact]
    public async Task A_signature_of_another_message_is_not_taken()
    {
        var other = Recording.All("steps").Single(step => step.Text("label") == "prevote 100/0").All("exchanges").Single();
        var (_, session) = await OpenAsync(Answer(other.Text("data"), 0x9000));
        var lost = Assert.IsType<LedgerOutcome.Lost>(await session.SignAsync(Prevote(100), NoDeadline));
        Assert.Contains("a signature of something else", lost.Reason, StringComparison.Ordinal);
        await session.DisposeAsync();
    }

    [Theory]
    [InlineData("", 0x9000, "0 bytes that are no such answer")]
    [InlineData("00000901", 0x9000, "4 bytes that are no such answer")]
    [InlineData("", 0x6F00, "the app failed")]
    [InlineData("", 0x6E00, "open the Tendermint app")]
    public async Task Other_answers_end_the_session(string data, int status, string sentence)
    {
        var (_, session) = await OpenAsync(Answer(data, status));
        Assert.Contains(sentence, Assert.IsType<LedgerOutcome.Lost>(await session.SignAsync(Prevote(1), NoDeadline)).Reason, StringComparison.Ordinal);
        Assert.IsType<LedgerOutcome.Lost>(await session.SignAsync(Prevote(1), NoDeadline));
        await session.DisposeAsync();
    }

    private static async Task<(ScriptedTransport Wire, LedgerSession Session)> OpenAsync(params ApduResponse[] answers)
    {
        var wire = new ScriptedTransport([Answer("00000901", 0x9000), Answer(Recording.Text("public_key"), 0x9000), .. answers]);
        return (wire, (await LedgerSession.OpenAsync(wire, AtOnce, NoDeadline)).Response!);
    }

    private static ApduResponse Answer(string data, int status) => new(Convert.FromHexString(data), (StatusWord)status);

    /// <summary>After its script it does not answer any more.</summary>
    private sealed class ScriptedTransport(params IEnumerable<ApduResponse> script) : ILedgerTransport
    {
        private readonly Queue<ApduResponse> _script = new(script);

        public int Asked { get; private set; }

        public bool IsGivenUp { get; private set; }

        public async ValueTask<LedgerReply> ExchangeAsync(Apdu command, CancellationToken deadline)
        {
            Asked++;
            if (_script.TryDequeue(out var answer)) return LedgerReply.Ok(answer);
            var ended = new TaskCompletionSource();
            await using var registration = deadline.Register(ended.SetResult);
            await ended.Task;
            IsGivenUp = true;
            return LedgerReply.Failed("given up");
        }

        public void Dispose()
        {
        }
    }
}
