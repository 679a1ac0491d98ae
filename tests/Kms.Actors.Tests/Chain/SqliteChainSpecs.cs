using Akka.Actor;
using Kms.Actors.Chain;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Persistence.Tests.Journal;
using Kms.Testing;
using Xunit.Abstractions;

namespace Kms.Actors.Tests.Chain;

/// <summary>The chain's actor on the journal that ships, on real files; two actor systems are two processes.</summary>
public sealed class SqliteChainSpecs(ITestOutputHelper output) : IAsyncLifetime
{
    private readonly DatabaseFile _database = new();
    private readonly ScriptedKey _key = new();
    private readonly List<ActorSystem> _systems = [];

    private ChainOptions Options => new(Ask.Chain, _key, SignExtensions: true, ChainRules.Default) { LookAgain = Timeout.InfiniteTimeSpan };

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await Task.WhenAll(_systems.Select(s => s.Terminate()));
        _database.Dispose();
    }

    [Fact]
    public async Task Two_processes_asked_for_different_blocks_at_once_give_one_signature()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var chains = new[] { Start("a", quick: true), Start("b", quick: true) };
        await Initialise(chains[0]);
        await ChainWorld.Crash(chains[1]); // It has seen no history yet.

        var wins = new int[2];
        for (var height = 1; height <= 50; height++)
        {
            // Both know everything below this height.
            foreach (var chain in chains)
            {
                var floor = await Floor(chain);
                if (floor.Height.Value < height - 1) await ChainWorld.Crash(chain);
                Assert.Equal(height - 1, (await Floor(chain)).Height.Value);
            }

            var given = _key.Given.Count;
            var step = (Step)random.Next(3);
            var requests = new[] { Canonical.Any(height, 0, step, Ask.A), Canonical.Any(height, 0, step, Ask.B) };
            var order = random.Next(2) == 0 ? new[] { 0, 1 } : [1, 0];
            var asked = order.Select(i => ChainWorld.Sign(chains[i], requests[i])).ToList();
            var replies = new[] { await asked[order[0]], await asked[order[1]] };

            var winner = replies[0] is SignReply.Signed ? 0 : 1;
            Assert.IsType<SignReply.Signed>(replies[winner]);
            ChainWorld.AssertRefused(RefusalReason.JournalFailed, replies[1 - winner]);
            Assert.Equal([requests[winner].SignBytes], _key.Given.Skip(given));
            wins[winner]++;

            // The loser has read what the winner wrote and agrees with it.
            ChainWorld.AssertRefused(RefusalReason.DoubleSign, await ChainWorld.SignAgainAndAgain(chains[1 - winner], requests[1 - winner]));
            Assert.Equal(replies[winner], await ChainWorld.SignAgainAndAgain(chains[1 - winner], requests[winner]));
        }

        output.WriteLine($"a won {wins[0]}, b won {wins[1]}");
        Assert.Equal(["51"], _database.Query("SELECT count(*) FROM journal"));
    }

    [Fact]
    public async Task Old_events_and_snapshots_go_and_the_newest_stay()
    {
        var options = Options with { SnapshotEvery = 5, KeepEvents = 12 };
        var chain = Start("a", options);
        await Initialise(chain);
        for (var height = 1; height <= 60; height++)
        {
            Assert.IsType<SignReply.Signed>(await ChainWorld.Sign(chain, Canonical.Prevote(height, 0, Ask.A)));
            Assert.Equal([$"{height + 1}"], _database.Query("SELECT max(sequence_number) FROM journal"));
        }

        // 61 events; the last snapshot is at 60. Saving and deleting go on behind the requests.
        await Until(() => _database.Query("SELECT min(sequence_number) FROM journal WHERE deleted = 0") is ["49"]);
        Assert.Equal(13, _database.Query("SELECT sequence_number FROM journal WHERE deleted = 0").Count);
        await Until(() => _database.Query("SELECT max(sequence_number) FROM snapshot") is ["60"]);
        await Until(() => _database.Query("SELECT min(sequence_number) FROM snapshot") is ["50"]);

        await AssertRecovers(options, 60);
        _database.Execute("DELETE FROM snapshot");
        await AssertRecovers(options, 60);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task The_newest_event_and_snapshot_stay_however_few_are_to_be_kept(int keep)
    {
        var options = Options with { SnapshotEvery = 2, KeepEvents = keep };
        var chain = Start("a", options);
        await Initialise(chain);
        for (var height = 1; height <= 9; height++) Assert.IsType<SignReply.Signed>(await ChainWorld.Sign(chain, Canonical.Prevote(height, 0, Ask.A)));
        await Until(() => _database.Query("SELECT max(sequence_number) FROM snapshot") is ["10"]);
        await Until(() => _database.Query("SELECT min(sequence_number) FROM journal WHERE deleted = 0") is ["10"]);
        await AssertRecovers(options, 9);
    }

    // A process that slept for a day: it recovered once, and what it would write next has long been deleted.
    [Fact]
    public async Task A_process_that_is_far_behind_cannot_write_where_events_were_deleted()
    {
        var options = Options with { SnapshotEvery = 5, KeepEvents = 5 };
        var ahead = Start("ahead", options);
        await Initialise(ahead);
        var sleeper = Start("sleeper", options);
        Assert.Equal(new Hrs(0, 0, Step.Proposal), await Floor(sleeper));

        for (var height = 1; height <= 40; height++) Assert.IsType<SignReply.Signed>(await ChainWorld.Sign(ahead, Canonical.Prevote(height, 0, Ask.A)));
        await Until(() => _database.Query("SELECT min(sequence_number) FROM journal WHERE deleted = 0") is not ["1"]);

        var given = _key.Given.Count;
        ChainWorld.AssertRefused(RefusalReason.JournalFailed, await ChainWorld.Sign(sleeper, Canonical.Prevote(40, 0, Ask.B)));
        ChainWorld.AssertRefused(RefusalReason.DoubleSign, await ChainWorld.SignAgainAndAgain(sleeper, Canonical.Prevote(40, 0, Ask.B)));
        Assert.Equal(given, _key.Given.Count);
        var next = Canonical.Prevote(41, 0, Ask.B);
        Assert.IsType<SignReply.Signed>(await ChainWorld.SignAgainAndAgain(sleeper, next));
    }

    [Fact]
    public async Task Rows_of_another_chain_are_never_signed_upon()
    {
        var first = Start("a");
        await Initialise(first);
        Assert.IsType<SignReply.Signed>(await ChainWorld.Sign(first, Canonical.Prevote(7, 0, Ask.A)));
        await _systems[0].Terminate();
        _database.Execute($"UPDATE journal SET persistence_id = 'chain-other'");
        var other = Start("b", Options with { Chain = new ChainId("other") });
        var refusal = ChainWorld.AssertRefused(RefusalReason.CorruptHistory, await ChainWorld.Sign(other, Canonical.Prevote(9, 0, Ask.A)));
        Assert.Contains("the journal of chain other holds events of chain test-chain-1", refusal.ToString(), StringComparison.Ordinal);
    }

    private IActorRef Start(string name, ChainOptions? options = null, bool quick = false)
    {
        var system = _database.Start(name);
        _systems.Add(system);
        system.EventStream.Subscribe(system.ActorOf(Props.Create(() => new ChainWorld.Answerer())), typeof(Akka.Event.DeadLetter));
        return system.ActorOf(quick ? ChainWorld.Quick(options ?? Options) : ChainSupervision.Props(options ?? Options), "chain");
    }

    private async Task AssertRecovers(ChainOptions options, long height)
    {
        var chain = Start($"later-{_systems.Count}", options);
        var state = await State(chain);
        Assert.Null(state.Contradiction);
        Assert.Equal(SignedMessage.Of(Canonical.Prevote(height, 0, Ask.A)), state.Watermark!.Last);
    }

    private static async Task Initialise(IActorRef chain) => Assert.Null((await chain.Ask<ChainMessages.FloorResult>(
        new ChainMessages.Initialise(new Hrs(0, 0, Step.Proposal), "test"), ChainWorld.Patience)).Error);

    private static async Task<Hrs> Floor(IActorRef chain) => (await State(chain)).Watermark!.Floor;

    private static async Task<ChainMessages.State> State(IActorRef chain) =>
        await (await ChainWorld.Child(chain)).Ask<ChainMessages.State>(ChainMessages.GetState.Instance, ChainWorld.Patience);

    private static async Task Until(Func<bool> done)
    {
        using var patience = new CancellationTokenSource(ChainWorld.Patience);
        while (!done()) await Task.Delay(10, patience.Token);
    }
}
