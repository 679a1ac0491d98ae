using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Event;
using Kms.Actors.Chain;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Core.Signing;
using Kms.Testing;

namespace Kms.Actors.Tests.Chain;

/// <summary>What others know about a chain: at its recovery, while it runs, and when the journal fails meanwhile.</summary>
public sealed class FloorClaimSpecs : IAsyncLifetime
{
    private readonly ChainWorld _world = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _world.DisposeAsync().AsTask();

    [Fact]
    public async Task No_request_is_decided_before_every_claim_is_stored()
    {
        var (first, second) = (new TaskCompletionSource(), new TaskCompletionSource());
        _world.Store.Next(new WriteFault.Hold(first.Task));
        _world.Store.Next(new WriteFault.Hold(second.Task));
        var signed = Canonical.Prevote(100, 0, Ask.A);
        var chain = _world.Start(_world.Options with { Claims = [StateFile(signed), Hook(200)] });
        await _world.Store.Reached(ChainWorld.Patience);
        var requests = new[] { signed, Canonical.Prevote(200, 0, Ask.A), Canonical.Prevote(201, 0, Ask.B) };
        var replies = requests.Select(request => ChainWorld.SignAgainAndAgain(chain, request)).ToList();
        first.SetResult();
        await _world.Store.Reached(ChainWorld.Patience);
        Assert.DoesNotContain(replies, reply => reply.IsCompleted);
        Assert.Single(_world.Events);
        second.SetResult();

        ChainWorld.AssertRefused(RefusalReason.HeightRegression, await replies[0]);
        ChainWorld.AssertRefused(RefusalReason.RoundRegression, await replies[1]);
        _world.AssertSigned(await replies[2], Canonical.Prevote(201, 0, Ask.B).SignBytes);
        Assert.Equal(
            [
                new ChainEvent.WatermarkAdvanced(Ask.Chain, SignedMessage.Of(signed)),
                new ChainEvent.FloorRaised(Ask.Chain, Hrs.EndOf(new Height(200)), "state_hook"),
            ],
            _world.Events.Take(2));
    }

    public static TheoryData<string> Failures => ["nothing written", "answer lost", "rejected"];

    [Theory, MemberData(nameof(Failures))]
    public async Task A_claim_that_was_not_stored_is_made_again_and_nothing_is_signed_before(string failure)
    {
        WriteFault fault = failure switch
        {
            "nothing written" => new WriteFault.Fail(),
            "answer lost" => new WriteFault.LandButFail(),
            _ => new WriteFault.Reject(),
        };
        for (var i = 0; i < 2; i++) _world.Store.Next(fault);
        var chain = _world.StartNew(_world.Options with { Claims = [StateFile(Canonical.Prevote(100, 0, Ask.A)), Hook(200)] }, quick: true);

        ChainWorld.AssertRefused(RefusalReason.HeightRegression, await ChainWorld.SignAgainAndAgain(chain, Canonical.Precommit(100, 0, Ask.B)));
        Assert.False(_world.Store.HasFaults);
        Assert.Equal([0, 100, 200], _world.Events.Select(e => e.Position.Height.Value));
        Assert.Empty(_world.Key.Given);
    }

    // What the program read at its start is old when the chain's actor starts again.
    [Fact]
    public async Task A_hook_that_was_not_believed_at_start_is_not_believed_later_either()
    {
        var chain = _world.StartNew(_world.Options with { Claims = [Hook(20_000)] });
        _world.AssertSigned(await ChainWorld.SignAgainAndAgain(chain, Canonical.Prevote(11_001, 0, Ask.A)), Canonical.Prevote(11_001, 0, Ask.A).SignBytes);
        _world.Store.Next(new WriteFault.Fail());
        ChainWorld.AssertRefused(RefusalReason.JournalFailed, await ChainWorld.Sign(chain, Canonical.Precommit(11_001, 0, Ask.A)));

        _world.AssertSigned(await ChainWorld.SignAgainAndAgain(chain, Canonical.Prevote(11_002, 0, Ask.A)), Canonical.Prevote(11_002, 0, Ask.A).SignBytes);
    }

    [Fact]
    public async Task A_hook_is_heard_as_soon_as_an_operator_begins_the_history()
    {
        var chain = _world.Start(_world.Options with { Claims = [Hook(200)] });
        var old = new FloorClaim(Hrs.EndOf(new Height(100)), "an old state");
        var raising = Raise(chain, old);
        var waiting = ChainWorld.Sign(chain, Canonical.Prevote(150, 0, Ask.A));

        Assert.True((await raising).Changed);
        ChainWorld.AssertRefused(RefusalReason.HeightRegression, await waiting);
        _world.AssertSigned(await ChainWorld.Sign(chain, Canonical.Prevote(201, 0, Ask.A)), Canonical.Prevote(201, 0, Ask.A).SignBytes);
        Assert.Equal([100, 200, 201], _world.Events.Select(e => e.Position.Height.Value));
    }

    [Fact]
    public async Task A_hook_is_heard_as_soon_as_a_height_was_adopted()
    {
        var chain = _world.Start(_world.Options with { Claims = [Hook(200)], Rules = new ChainRules { AdoptFirstHeight = true } });
        ChainWorld.AssertRefused(RefusalReason.FirstHeightAdopted, await ChainWorld.Sign(chain, Canonical.Prevote(100, 0, Ask.A)));
        ChainWorld.AssertRefused(RefusalReason.HeightRegression, await ChainWorld.Sign(chain, Canonical.Prevote(101, 0, Ask.A)));
        _world.AssertSigned(await ChainWorld.Sign(chain, Canonical.Prevote(201, 0, Ask.A)), Canonical.Prevote(201, 0, Ask.A).SignBytes);
    }

    [Fact]
    public async Task A_chain_that_contradicts_itself_takes_no_claim()
    {
        _world.Store.Append(ChainWorld.Id, new ChainEvent.FloorRaised(Ask.Chain, new Hrs(9, 0, Step.Proposal), ""));
        _world.Store.Append(ChainWorld.Id, new ChainEvent.FloorRaised(Ask.Chain, new Hrs(8, 0, Step.Proposal), ""));
        var chain = _world.Start(_world.Options with { Claims = [StateFile(Canonical.Prevote(100, 0, Ask.A))] });

        var result = await Raise(chain, Hook(200));
        Assert.Equal("an event at 8/0/0 after one at 9/0/0", result.Error);
        Assert.False(result.Changed);
        Assert.Equal(2, _world.Events.Count);
    }

    [Fact]
    public async Task A_raise_that_was_not_stored_is_an_error()
    {
        var chain = _world.StartNew();
        _world.Store.Next(new WriteFault.Fail());
        var result = await Raise(chain, Hook(200));
        Assert.Equal("the journal did not store the state: nothing was written", result.Error);
        Assert.False(result.Changed);
        _world.AssertSigned(await ChainWorld.SignAgainAndAgain(chain, Canonical.Prevote(5, 0, Ask.A)), Canonical.Prevote(5, 0, Ask.A).SignBytes);
    }

    [Fact]
    public async Task A_raise_waits_for_the_signature_in_flight_and_holds_for_those_that_wait_behind_it()
    {
        var chain = _world.StartNew();
        var (entered, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        _world.Key.Next(async (bytes, _) =>
        {
            entered.SetResult();
            await release.Task;
            return SignOutcome.Ok(_world.Key.Sign(bytes));
        });
        var signing = ChainWorld.Sign(chain, Canonical.Prevote(5, 0, Ask.A));
        await entered.Task.WaitAsync(ChainWorld.Patience);
        var raising = Raise(chain, Hook(200));
        var behind = ChainWorld.Sign(chain, Canonical.Precommit(5, 0, Ask.A));
        Assert.False(raising.IsCompleted);
        release.SetResult();

        _world.AssertSigned(await signing, Canonical.Prevote(5, 0, Ask.A).SignBytes);
        Assert.Equal(Hrs.EndOf(new Height(200)), (await raising).Watermark!.Floor);
        ChainWorld.AssertRefused(RefusalReason.HeightRegression, await behind);
        Assert.Equal([0, 5, 200], _world.Events.Select(e => e.Position.Height.Value));
    }

    [Fact]
    public async Task An_adoption_that_was_not_stored_did_not_happen()
    {
        var chain = _world.Start(_world.Options with { Rules = new ChainRules { AdoptFirstHeight = true } });
        _world.Store.Next(new WriteFault.Fail());
        ChainWorld.AssertRefused(RefusalReason.JournalFailed, await ChainWorld.Sign(chain, Canonical.Prevote(100, 0, Ask.A)));
        Assert.Empty(_world.Events);
        ChainWorld.AssertRefused(RefusalReason.FirstHeightAdopted, await ChainWorld.SignAgainAndAgain(chain, Canonical.Prevote(90, 0, Ask.A)));
        _world.AssertSigned(await ChainWorld.Sign(chain, Canonical.Prevote(91, 0, Ask.A)), Canonical.Prevote(91, 0, Ask.A).SignBytes);
    }

    [Fact]
    public async Task The_log_says_what_each_claim_did()
    {
        var lines = new ConcurrentQueue<LogEvent>();
        var system = ActorSystem.Create("log", _world.Store.Hocon("akka.loglevel = INFO"));
        system.EventStream.Subscribe(system.ActorOf(Props.Create(() => new Collector(lines))), typeof(LogEvent));
        var options = _world.Options with { Claims = [StateFile(Canonical.Prevote(100, 0, Ask.A)), Hook(50), Hook(20_000)] };
        var chain = system.ActorOf(ChainSupervision.Props(options), "chain");
        ChainWorld.AssertRefused(RefusalReason.DoubleSign, await ChainWorld.SignAgainAndAgain(chain, Canonical.Prevote(100, 0, Ask.B)));
        await system.Terminate();

        Assert.Equal(
            [
                "WarningLevel [chain:test-chain-1] nothing at or below 100/0/1 is signed from now on: state_file a.json",
                "InfoLevel [chain:test-chain-1] state_hook changes nothing: the chain stands at 100/0/1 already",
                "WarningLevel [chain:test-chain-1] state_hook changes nothing: 20000/end is 9000 heights or more above 100/0/1",
            ],
            lines.Select(line => $"{line.LogLevel()} {line.Message}").Where(line => line.Contains("[chain:", StringComparison.Ordinal)));
    }

    private static FloorClaim StateFile(SignRequest signed) => new(signed.Hrs, "state_file a.json") { Message = SignedMessage.Of(signed) };

    private static FloorClaim Hook(long height) => new(Hrs.EndOf(new Height(height)), "state_hook") { MaxDelta = 9_000, BeginsHistory = false };

    private static Task<ChainMessages.FloorResult> Raise(IActorRef chain, FloorClaim claim) =>
        chain.Ask<ChainMessages.FloorResult>(new ChainMessages.RaiseFloor(claim), ChainWorld.Patience);

    private sealed class Collector : ReceiveActor
    {
        public Collector(ConcurrentQueue<LogEvent> lines) => Receive<LogEvent>(lines.Enqueue);
    }
}
