using Akka.Actor;
using Kms.Actors.Chain;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Testing;
using Xunit.Abstractions;

namespace Kms.Actors.Tests.Chain;

/// <summary>The chain's actor on a journal that fails, loses answers, hangs and comes back late. <see cref="ChainWorld"/> checks in every
/// test that nothing was signed before it was on the disk.</summary>
public sealed class FaultyJournalSpecs(ITestOutputHelper output) : IAsyncLifetime
{
    private readonly ChainWorld _world = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _world.DisposeAsync().AsTask();

    [Fact]
    public async Task What_was_not_stored_is_refused_and_the_chain_comes_back()
    {
        var chain = _world.StartNew();
        var before = await ChainWorld.Child(chain);
        _world.Store.Next(new WriteFault.Fail());
        var request = Canonical.Prevote(5, 0, Ask.A);
        var refusal = ChainWorld.AssertRefused(RefusalReason.JournalFailed, await ChainWorld.Sign(chain, request));
        Assert.Equal("journal failure at chain test-chain-1: asked 5/0/1, last signed 0/0/0 (nothing was written)", refusal.ToString());
        Assert.Empty(_world.Key.Given);

        // Nothing is on the disk, so another block may be asked for.
        var other = Canonical.Prevote(5, 0, Ask.B);
        _world.AssertSigned(await ChainWorld.SignAgainAndAgain(chain, other), other.SignBytes);
        Assert.NotEqual(before, await ChainWorld.Child(chain));
        ChainWorld.AssertRefused(RefusalReason.DoubleSign, await ChainWorld.Sign(chain, request));
    }

    [Fact]
    public async Task What_was_stored_though_the_answer_was_lost_binds_the_chain()
    {
        var chain = _world.StartNew();
        _world.Store.Next(new WriteFault.LandButFail());
        var request = Canonical.Prevote(5, 0, Ask.A, at: 10);
        ChainWorld.AssertRefused(RefusalReason.JournalFailed, await ChainWorld.Sign(chain, request));
        Assert.Empty(_world.Key.Given);

        ChainWorld.AssertRefused(RefusalReason.DoubleSign, await ChainWorld.SignAgainAndAgain(chain, Canonical.Prevote(5, 0, Ask.B)));
        var signed = _world.AssertSigned(await ChainWorld.Sign(chain, Canonical.Prevote(5, 0, Ask.A, at: 11)), request.SignBytes);
        Assert.Equal(new Timestamp(10, 0), signed.Timestamp);
        Assert.Equal([request.SignBytes], _world.Key.Given);
    }

    [Fact]
    public async Task A_rejected_event_is_refused_and_the_chain_comes_back()
    {
        var chain = _world.StartNew();
        for (var height = 1; height <= 3; height++)
        {
            _world.Store.Next(new WriteFault.Reject());
            ChainWorld.AssertRefused(RefusalReason.JournalFailed, await ChainWorld.SignAgainAndAgain(chain, Canonical.Prevote(height, 0, Ask.A)));
            var other = Canonical.Prevote(height, 0, Ask.B);
            _world.AssertSigned(await ChainWorld.SignAgainAndAgain(chain, other), other.SignBytes);
        }

        Assert.Equal(3, _world.Key.Given.Count);
    }

    // Two processes recovered to the same point. If the first skipped a sequence number, both could append: the fence would have a hole.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_rejected_event_leaves_no_gap_into_which_another_process_could_write(bool otherFirst)
    {
        var (a, b) = (_world.StartNew(), _world.Start());
        await ChainWorld.Sign(b, Canonical.Prevote(0, 0, Ask.A)); // Both have recovered: asked for nothing that could be signed.
        await ChainWorld.Sign(a, Canonical.Prevote(0, 0, Ask.A));
        _world.Store.Next(new WriteFault.Reject());
        ChainWorld.AssertRefused(RefusalReason.JournalFailed, await ChainWorld.Sign(a, Canonical.Prevote(1, 0, Ask.A)));

        var asked = new[] { (Chain: a, Request: Canonical.Prevote(5, 0, Ask.A)), (Chain: b, Request: Canonical.Prevote(5, 0, Ask.B)) };
        var replies = new List<SignReply>();
        foreach (var (chain, request) in otherFirst ? asked.Reverse() : asked) replies.Add(await ChainWorld.SignAgainAndAgain(chain, request));
        Assert.Single(replies.OfType<SignReply.Signed>());
        Assert.Single(_world.Key.Given);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_write_that_lands_after_its_writer_was_given_up_never_leads_to_two_signatures(bool landsFirst)
    {
        var chain = _world.StartNew(overrides: "akka.persistence.journal.fault.circuit-breaker.call-timeout = 1s");
        var before = await ChainWorld.Child(chain);
        var release = new TaskCompletionSource();
        _world.Store.Next(new WriteFault.Hold(release.Task));
        var late = Canonical.Prevote(5, 0, Ask.A);
        ChainWorld.AssertRefused(RefusalReason.JournalFailed, await ChainWorld.Sign(chain, late));

        // A successor has recovered without the event.
        while ((await ChainWorld.Child(chain)).Equals(before)) await Task.Delay(10);
        ChainWorld.AssertRefused(RefusalReason.InvalidRequest, await ChainWorld.SignAgainAndAgain(chain, Canonical.Prevote(0, 0, Ask.A)));
        Assert.Single(_world.Events);

        var other = Canonical.Prevote(5, 0, Ask.B);
        if (landsFirst)
        {
            release.SetResult();
            while (_world.Events.Count < 2) await Task.Delay(10);
            ChainWorld.AssertRefused(RefusalReason.JournalFailed, await ChainWorld.SignAgainAndAgain(chain, other));
            ChainWorld.AssertRefused(RefusalReason.DoubleSign, await ChainWorld.SignAgainAndAgain(chain, other));
            _world.AssertSigned(await ChainWorld.SignAgainAndAgain(chain, late), late.SignBytes);
        }
        else
        {
            SignReply reply;
            do reply = await ChainWorld.SignAgainAndAgain(chain, other); // Its own write may take more than the second it is given.
            while (reply is SignReply.Refused { Refusal.Reason: RefusalReason.JournalFailed });
            _world.AssertSigned(reply, other.SignBytes);
            release.SetResult();
            ChainWorld.AssertRefused(RefusalReason.DoubleSign, await ChainWorld.SignAgainAndAgain(chain, late));
        }

        Assert.Single(_world.Key.Given.Distinct());
        Assert.Equal(2, _world.Events.Count);
    }

    [Fact]
    public async Task Requests_that_waited_for_a_slow_write_longer_than_their_askers_are_dropped()
    {
        var chain = _world.StartNew();
        var release = new TaskCompletionSource();
        _world.Store.Next(new WriteFault.Hold(release.Task));
        using var deadline = new CancellationTokenSource();
        var slow = Canonical.Prevote(5, 0, Ask.A);
        var first = ChainWorld.Sign(chain, slow, deadline.Token);
        await _world.Store.Reached(ChainWorld.Patience);
        for (var height = 6; height < 16; height++) chain.Tell(new ChainMessages.Sign(Canonical.Prevote(height, 0, Ask.A), deadline.Token));
        var last = ChainWorld.Sign(chain, Canonical.Prevote(20, 0, Ask.A));
        await deadline.CancelAsync();
        release.SetResult();

        ChainWorld.AssertRefused(RefusalReason.SignerFailed, await first); // Stored, but its asker is gone: the key gave up.
        _world.AssertSigned(await last, Canonical.Prevote(20, 0, Ask.A).SignBytes);
        Assert.Equal([0, 5, 20], _world.Events.Select(e => e.Position.Height.Value));
        Assert.Equal([slow.SignBytes, Canonical.Prevote(20, 0, Ask.A).SignBytes], _world.Key.Given);
    }

    [Fact]
    public async Task A_state_that_was_not_stored_is_not_begun()
    {
        var chain = _world.Start();
        _world.Store.Next(new WriteFault.Fail());
        var result = await chain.Ask<ChainMessages.FloorResult>(new ChainMessages.Initialise(new Hrs(1, 0, Step.Proposal), ""), ChainWorld.Patience);
        Assert.Equal("the journal did not store the state: nothing was written", result.Error);
        Assert.Null(result.Watermark);
        ChainWorld.AssertRefused(RefusalReason.NoHistory, await ChainWorld.SignAgainAndAgain(chain, Canonical.Prevote(5, 0, Ask.A)));
    }

    [Fact]
    public async Task A_journal_that_cannot_be_read_stops_the_chain_until_it_can()
    {
        _world.Store.Replay = ReplayFault.Fail;
        var chain = _world.StartNew();
        var asking = ChainWorld.SignAgainAndAgain(chain, Canonical.Prevote(5, 0, Ask.A));
        Assert.NotSame(asking, await Task.WhenAny(asking, Task.Delay(500)));
        Assert.Empty(_world.Key.Given);
        _world.Store.Replay = ReplayFault.None;
        _world.AssertSigned(await asking, Canonical.Prevote(5, 0, Ask.A).SignBytes);
    }

    [Fact]
    public async Task Askers_are_answered_while_the_chain_is_down_and_a_stop_ends_it_for_good()
    {
        _world.Store.Replay = ReplayFault.Fail;
        var chain = _world.StartNew();
        SignReply? reply = null;
        while (reply is null)
        {
            try
            {
                reply = await chain.Ask<SignReply>(new ChainMessages.Sign(Canonical.Prevote(5, 0, Ask.A), CancellationToken.None), TimeSpan.FromSeconds(1));
            }
            catch (AskTimeoutException)
            {
                // It was reading just then.
            }
        }

        Assert.Contains("chain not available at chain test-chain-1", ChainWorld.AssertRefused(RefusalReason.Unavailable, reply).ToString(), StringComparison.Ordinal);
        Assert.True(await chain.GracefulStop(ChainWorld.Patience, ChainMessages.Stop.Instance));
    }

    // Faults of every kind in random order, crashes, and two processes on one disk. The judge sees only what was signed.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Whatever_fails_no_two_signatures_conflict(int run)
    {
        var seed = Environment.TickCount + run;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var chains = new[] { _world.StartNew(quick: true), _world.Start(quick: true) };
        var signed = new Dictionary<Hrs, BlockId?>();
        var (height, answers) = (1L, 0);
        for (var i = 0; i < 150; i++)
        {
            if (random.Next(3) == 0) _world.Store.Next(RandomFault(random));
            if (random.Next(20) == 0) await ChainWorld.Crash(chains[random.Next(2)]);
            if (random.Next(2) == 0) height++;
            var request = Canonical.Any(Math.Max(1, height - random.Next(2)), random.Next(2), (Step)random.Next(3), new[] { Ask.A, Ask.B, null }[random.Next(3)], random.Next(3));
            if (await ChainWorld.SignAgainAndAgain(chains[random.Next(2)], request) is not SignReply.Signed reply) continue;
            answers++;
            if (request is ProposalRequest) _world.AssertSigned(reply, request.SignBytes);
            Assert.Equal(request.Block, signed.TryGetValue(request.Hrs, out var before) ? before : request.Block);
            signed[request.Hrs] = request.Block;
        }

        output.WriteLine($"{answers} signed at {signed.Count} positions, {_world.Events.Count} events");
        Assert.True(answers > 20, "too few signatures to mean anything");
    }

    private static WriteFault RandomFault(Random random) => random.Next(3) switch
    {
        0 => new WriteFault.Fail(),
        1 => new WriteFault.LandButFail(),
        _ => new WriteFault.Reject(),
    };
}
