using System.Diagnostics;
using Akka.Actor;
using Kms.Actors.Chain;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Core.Signing;
using Kms.Protocol.SignBytes;
using Kms.Testing;
using Xunit.Abstractions;

namespace Kms.Actors.Tests.Chain;

/// <summary>The chain's actor on a journal that works.</summary>
public sealed class ChainStateActorSpecs(ITestOutputHelper output) : IAsyncLifetime
{
    private readonly ChainWorld _world = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _world.DisposeAsync().AsTask();

    [Fact]
    public async Task Without_history_nothing_is_signed_until_an_operator_says_that_the_key_is_new()
    {
        var chain = _world.Start();
        var refusal = ChainWorld.AssertRefused(RefusalReason.NoHistory, await ChainWorld.Sign(chain, Canonical.Prevote(1, 0, Ask.A)));
        Assert.Equal("no recorded state at chain test-chain-1: asked 1/0/1 (run `tmkms state init test-chain-1` if this key never signed, or import its state)", refusal.ToString());
        Assert.Null((await State(chain)).Watermark);

        var result = await Initialise(chain, new Hrs(4, 0, Step.Precommit));
        Assert.Null(result.Error);
        Assert.Equal(new Hrs(4, 0, Step.Precommit), result.Watermark!.Floor);
        ChainWorld.AssertRefused(RefusalReason.HeightRegression, await ChainWorld.Sign(chain, Canonical.Prevote(1, 0, Ask.A)));
        ChainWorld.AssertRefused(RefusalReason.StepRegression, await ChainWorld.Sign(chain, Canonical.Precommit(4, 0, Ask.A)));
        var request = Canonical.Prevote(5, 0, Ask.A);
        _world.AssertSigned(await ChainWorld.Sign(chain, request), request.SignBytes);
    }

    [Fact]
    public async Task A_state_is_begun_once()
    {
        var chain = _world.Start();
        Assert.Null((await Initialise(chain, new Hrs(4, 0, Step.Precommit))).Error);
        var again = await Initialise(chain, new Hrs(1, 0, Step.Proposal));
        Assert.Contains("has a recorded state already", again.Error, StringComparison.Ordinal);
        Assert.Equal(new Hrs(4, 0, Step.Precommit), again.Watermark!.Floor);
        Assert.Single(_world.Events);
    }

    [Fact]
    public async Task A_chain_without_history_finds_the_one_that_another_process_writes()
    {
        var waiting = _world.Start(_world.Options with { LookAgain = TimeSpan.FromMilliseconds(50) });
        ChainWorld.AssertRefused(RefusalReason.NoHistory, await ChainWorld.SignAgainAndAgain(waiting, Canonical.Prevote(1, 0, Ask.A)));
        Assert.Null((await Initialise(_world.Start(), new Hrs(0, 0, Step.Proposal))).Error);

        var started = Stopwatch.GetTimestamp();
        while (await ChainWorld.SignAgainAndAgain(waiting, Canonical.Prevote(1, 0, Ask.A)) is not SignReply.Signed)
            Assert.True(Stopwatch.GetElapsedTime(started) < ChainWorld.Patience);
    }

    [Fact]
    public async Task A_chain_that_was_given_its_history_does_not_look_again()
    {
        var chain = _world.Start(_world.Options with { LookAgain = TimeSpan.FromMilliseconds(200) });
        var child = await ChainWorld.Child(chain);
        var result = await child.Ask<ChainMessages.FloorResult>(new ChainMessages.Initialise(new Hrs(1, 0, Step.Proposal), "test"), ChainWorld.Patience);
        if (result.Error is not null) return; // It looked again before it was given the state: nothing to see here.
        using var window = new CancellationTokenSource(TimeSpan.FromMilliseconds(600));
        Assert.False(await child.WatchAsync(window.Token));
    }

    public static TheoryData<string, string> Contradictions => new()
    {
        { "newest event lost", "recovery ended at event 2 of 3" },
        { "another chain's event", "an event of chain other in the journal of chain test-chain-1" },
        { "only another chain's event", "the journal of chain test-chain-1 holds events of chain other" },
        { "backwards", "an event at 3/0/1 after one at 5/0/1" },
        { "backwards and on", "an event at 3/0/1 after one at 5/0/1" },
        { "two blocks at one position", "an event at 5/0/1 after one at 5/0/1" },
        { "two proposals of two blocks", "an event at 5/0/0 after one at 5/0/0" },
        { "sign bytes of another message", "the sign bytes recorded at 5/0/1 are not those of the recorded message" },
    };

    [Theory]
    [MemberData(nameof(Contradictions))]
    public async Task A_history_that_contradicts_itself_is_never_signed_upon(string which, string contradiction)
    {
        foreach (var e in History(which)) _world.Store.Append(ChainWorld.Id, e);
        if (which == "newest event lost") _world.Store.Replay = ReplayFault.LoseNewest;
        var chain = _world.Start();
        Assert.Equal(contradiction, (await State(chain)).Contradiction);
        foreach (var height in new[] { 1, 5, 100 })
        {
            var refusal = ChainWorld.AssertRefused(RefusalReason.CorruptHistory, await ChainWorld.Sign(chain, Canonical.Prevote(height, 0, Ask.A)));
            Assert.Contains(contradiction, refusal.ToString(), StringComparison.Ordinal);
        }

        Assert.Equal(contradiction, (await Initialise(chain, new Hrs(1000, 0, Step.Proposal))).Error);
        Assert.Equal(History(which).Count(), _world.Events.Count);
        Assert.Empty(_world.Key.Given);
    }

    [Fact]
    public async Task A_repeated_request_gets_the_recorded_signature_from_memory_and_after_a_restart_from_the_key()
    {
        var chain = _world.StartNew();
        var request = Canonical.Prevote(5, 0, Ask.A);
        var first = await ChainWorld.Sign(chain, request);
        _world.AssertSigned(first, request.SignBytes);
        Assert.Equal(first, await ChainWorld.Sign(chain, request));
        Assert.Single(_world.Key.Given);

        await ChainWorld.Crash(chain);
        Assert.Equal(first, await ChainWorld.SignAgainAndAgain(chain, request));
        Assert.Equal([request.SignBytes, request.SignBytes], _world.Key.Given);
        Assert.Equal(2, _world.Events.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_vote_with_another_timestamp_gets_the_recorded_one(bool restart)
    {
        var chain = _world.StartNew();
        var request = Canonical.Precommit(5, 0, Ask.A, at: 10);
        var first = await ChainWorld.Sign(chain, request);
        if (restart) await ChainWorld.Crash(chain);
        foreach (var at in new[] { 9, 11 })
        {
            var signed = _world.AssertSigned(await ChainWorld.SignAgainAndAgain(chain, Canonical.Precommit(5, 0, Ask.A, at)), request.SignBytes);
            Assert.Equal(new Timestamp(10, 0), signed.Timestamp);
            Assert.Equal(first, signed);
        }

        Assert.Equal(2, _world.Events.Count);
    }

    [Fact]
    public async Task A_proposal_with_a_new_timestamp_is_recorded_and_signed_anew()
    {
        var chain = _world.StartNew();
        foreach (var at in new[] { 1, 3, 2 })
        {
            var request = Canonical.Proposal(5, 0, Ask.A, at);
            var signed = _world.AssertSigned(await ChainWorld.SignAgainAndAgain(chain, request), request.SignBytes);
            Assert.Equal(new Timestamp(at, 0), signed.Timestamp);
            await ChainWorld.Crash(chain);
        }

        Assert.Equal(4, _world.Events.Count);
        ChainWorld.AssertRefused(RefusalReason.DoubleSign, await ChainWorld.SignAgainAndAgain(chain, Canonical.Proposal(5, 0, Ask.B)));
        ChainWorld.AssertRefused(RefusalReason.DoubleSign, await ChainWorld.Sign(chain, Canonical.Proposal(5, 0, Ask.A, pol: 0)));
    }

    [Fact]
    public async Task The_extension_of_a_precommit_for_a_block_is_signed()
    {
        var chain = _world.StartNew();
        var request = Canonical.Precommit(5, 0, Ask.A, extension: "data");
        _world.Extensions.Add(request.ExtensionSignBytes!);
        var signed = _world.AssertSigned(await ChainWorld.Sign(chain, request), request.SignBytes);
        Assert.True(SignatureVerifier.Verify(_world.Key.PublicKey, request.ExtensionSignBytes!.Span, signed.ExtensionSignature!));

        // The same precommit with other data: one signature for the vote, another for the extension, as the application may be asked again.
        var other = Canonical.Precommit(5, 0, Ask.A, extension: "other");
        _world.Extensions.Add(other.ExtensionSignBytes!);
        var again = _world.AssertSigned(await ChainWorld.Sign(chain, other), request.SignBytes);
        Assert.True(SignatureVerifier.Verify(_world.Key.PublicKey, other.ExtensionSignBytes!.Span, again.ExtensionSignature!));
        Assert.Equal(signed.Signature, again.Signature);

        Assert.Null(Assert.IsType<SignReply.Signed>(await ChainWorld.Sign(chain, Canonical.Precommit(6, 0, null))).ExtensionSignature);
        ChainWorld.AssertRefused(RefusalReason.UnexpectedExtension, await ChainWorld.Sign(chain, Canonical.Precommit(7, 0, null) with { CarriesExtension = true }));
        ChainWorld.AssertRefused(RefusalReason.UnexpectedExtension, await ChainWorld.Sign(chain, Canonical.Prevote(7, 0, Ask.A) with { CarriesExtension = true }));
    }

    [Fact]
    public async Task No_extension_is_signed_for_a_chain_without_extensions()
    {
        var chain = _world.StartNew(_world.Options with { SignExtensions = false });
        var request = Canonical.Precommit(5, 0, Ask.A, extension: "data");
        Assert.Null(_world.AssertSigned(await ChainWorld.Sign(chain, request), request.SignBytes).ExtensionSignature);
        Assert.Equal([request.SignBytes], _world.Key.Given);
    }

    [Fact]
    public async Task An_extension_that_is_not_signed_is_an_answer_and_the_vote_is_not_signed_twice()
    {
        var chain = _world.StartNew();
        var request = Canonical.Precommit(5, 0, Ask.A, extension: "data");
        _world.Extensions.Add(request.ExtensionSignBytes!);
        _world.Key.Next(bytes => SignOutcome.Ok(_world.Key.Sign(bytes)));
        _world.Key.Next(_ => SignOutcome.Failed("the device is busy"));
        Assert.Contains("the device is busy", ChainWorld.AssertRefused(RefusalReason.SignerFailed, await ChainWorld.Sign(chain, request)).ToString(), StringComparison.Ordinal);
        Assert.NotNull(_world.AssertSigned(await ChainWorld.Sign(chain, request), request.SignBytes).ExtensionSignature);
        Assert.Equal([request.SignBytes, request.ExtensionSignBytes!, request.ExtensionSignBytes!], _world.Key.Given);
    }

    public static TheoryData<string, string> BrokenDevices => new()
    {
        { "error", "the device is gone" },
        { "throw", "scripted threw IOException: unplugged" },
        { "throw later", "scripted threw IOException: unplugged" },
        { "bit flip", "does not verify; it was not released" },
        { "other message", "does not verify; it was not released" },
    };

    [Theory]
    [MemberData(nameof(BrokenDevices))]
    public async Task A_device_that_fails_is_an_answer_and_the_next_request_works(string how, string words)
    {
        var chain = _world.StartNew();
        _world.Key.Next(Broken(how));
        var request = Canonical.Prevote(5, 0, Ask.A);
        Assert.Contains(words, ChainWorld.AssertRefused(RefusalReason.SignerFailed, await ChainWorld.Sign(chain, request)).ToString(), StringComparison.Ordinal);
        _world.AssertSigned(await ChainWorld.Sign(chain, request), request.SignBytes);
        ChainWorld.AssertRefused(RefusalReason.DoubleSign, await ChainWorld.Sign(chain, Canonical.Prevote(5, 0, Ask.B)));
    }

    [Fact]
    public async Task A_device_that_hangs_until_the_deadline_is_an_answer_and_those_who_waited_behind_it_too_long_are_dropped()
    {
        var chain = _world.StartNew();
        var entered = new TaskCompletionSource();
        _world.Key.Next(async (_, deadline) =>
        {
            entered.SetResult();
            try
            {
                await Task.Delay(Timeout.Infinite, deadline);
            }
            catch (OperationCanceledException)
            {
                // The device gives up when nobody waits any more.
            }

            return SignOutcome.Failed("the device did not answer in time");
        });
        using var deadline = new CancellationTokenSource();
        using var behind = new CancellationTokenSource();
        var first = ChainWorld.Sign(chain, Canonical.Prevote(5, 0, Ask.A), deadline.Token);
        await entered.Task.WaitAsync(ChainWorld.Patience);
        chain.Tell(new ChainMessages.Sign(Canonical.Prevote(6, 0, Ask.A), behind.Token));
        await behind.CancelAsync();
        await deadline.CancelAsync();
        ChainWorld.AssertRefused(RefusalReason.SignerFailed, await first);

        var next = Canonical.Prevote(7, 0, Ask.B);
        _world.AssertSigned(await ChainWorld.Sign(chain, next), next.SignBytes);
        Assert.Equal([5, 7], Heights());
    }

    [Fact]
    public async Task Of_two_who_ask_for_different_blocks_at_the_same_time_exactly_one_gets_a_signature()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var chain = _world.StartNew();
        for (var height = 1; height <= 200; height++)
        {
            var step = (Step)random.Next(3);
            var order = random.Next(2) == 0 ? new[] { Ask.A, Ask.B } : [Ask.B, Ask.A];
            var asked = order.Select(block => Canonical.Any(height, 0, step, block)).ToList();
            var replies = await Task.WhenAll(asked.Select(request => Task.Run(() => ChainWorld.Sign(chain, request))));
            var signed = Assert.Single(replies.OfType<SignReply.Signed>());
            _world.AssertSigned(signed, asked[Array.IndexOf(replies, signed)].SignBytes);
            ChainWorld.AssertRefused(RefusalReason.DoubleSign, Assert.Single(replies.OfType<SignReply.Refused>()));
        }

        Assert.Equal(200, _world.Key.Given.Count);
    }

    [Fact]
    public async Task A_program_without_a_key_answers_so()
    {
        var chain = _world.StartNew(_world.Options with { Signer = null });
        Assert.Contains("this program has no key", ChainWorld.AssertRefused(RefusalReason.SignerFailed, await ChainWorld.Sign(chain, Canonical.Prevote(5, 0, Ask.A))).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_waits_for_the_signature_in_flight()
    {
        var chain = _world.StartNew();
        var (entered, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        _world.Key.Next(async (bytes, _) =>
        {
            entered.SetResult();
            await release.Task;
            return SignOutcome.Ok(_world.Key.Sign(bytes));
        });
        var request = Canonical.Prevote(5, 0, Ask.A);
        var signing = ChainWorld.Sign(chain, request);
        await entered.Task.WaitAsync(ChainWorld.Patience);
        var stopped = chain.GracefulStop(ChainWorld.Patience, ChainMessages.Stop.Instance);
        release.SetResult();
        _world.AssertSigned(await signing, request.SignBytes);
        Assert.True(await stopped);
    }

    private static IEnumerable<ChainEvent> History(string which)
    {
        var five = Event(Canonical.Prevote(5, 0, Ask.A));
        var other = new ChainEvent.FloorRaised(new ChainId("other"), new Hrs(9, 0, Step.Proposal), "");
        return which switch
        {
            "newest event lost" => [Event(Canonical.Prevote(1, 0, Ask.A)), Event(Canonical.Prevote(2, 0, Ask.A)), five],
            "another chain's event" => [five, other],
            "only another chain's event" => [other],
            "backwards" => [five, Event(Canonical.Prevote(3, 0, Ask.A))],
            "backwards and on" => [five, Event(Canonical.Prevote(3, 0, Ask.A)), Event(Canonical.Prevote(9, 0, Ask.A))],
            "two blocks at one position" => [five, Event(Canonical.Prevote(5, 0, Ask.B))],
            "two proposals of two blocks" => [Event(Canonical.Proposal(5, 0, Ask.A)), Event(Canonical.Proposal(5, 0, Ask.B))],
            "sign bytes of another message" => [Event(Canonical.Prevote(5, 0, Ask.A) with { SignBytes = Canonical.Prevote(5, 0, Ask.B).SignBytes })],
            _ => throw new UnreachableException(),
        };
    }

    private Func<SignBytes, CancellationToken, ValueTask<SignOutcome>> Broken(string how) => how switch
    {
        "error" => (_, _) => ValueTask.FromResult(SignOutcome.Failed("the device is gone")),
        "throw" => (_, _) => throw new IOException("unplugged"),
        "throw later" => async (_, _) =>
        {
            await Task.Yield();
            throw new IOException("unplugged");
        },
        "bit flip" => (bytes, _) =>
        {
            var signature = _world.Key.Sign(bytes).Span.ToArray();
            signature[17] ^= 4;
            return ValueTask.FromResult(SignOutcome.Ok(new Signature(signature)));
        },
        "other message" => (_, _) => ValueTask.FromResult(SignOutcome.Ok(_world.Key.Sign(Canonical.Prevote(5, 0, Ask.B).SignBytes))),
        _ => throw new UnreachableException(),
    };

    private static ChainEvent.WatermarkAdvanced Event(SignRequest request) => new(request.Chain, SignedMessage.Of(request));

    private IEnumerable<long> Heights() => _world.Events.OfType<ChainEvent.WatermarkAdvanced>().Select(e => e.Position.Height.Value);

    private static Task<ChainMessages.State> State(IActorRef chain) => chain.Ask<ChainMessages.State>(ChainMessages.GetState.Instance, ChainWorld.Patience);

    private static Task<ChainMessages.FloorResult> Initialise(IActorRef chain, Hrs floor) =>
        chain.Ask<ChainMessages.FloorResult>(new ChainMessages.Initialise(floor, "test"), ChainWorld.Patience);
}
