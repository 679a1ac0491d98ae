using Akka.Actor;
using Kms.Actors.Chain;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Persistence.Tests.Journal;
using Kms.Testing;

namespace Kms.Actors.Tests.Chain;

/// <summary>Floors that are claimed, raised and adopted, and the mirror of the watermark, on the journal that ships.</summary>
public sealed class SqliteFloorSpecs : IAsyncLifetime
{
    private readonly DatabaseFile _database = new();
    private readonly ScriptedMirror _mirror = new();
    private readonly ScriptedKey _key;
    private readonly List<SignBytes> _unmirrored = [];
    private readonly List<ActorSystem> _systems = [];

    // However a test ends, the mirror held every message before the key was given it.
    public SqliteFloorSpecs() => _key = new ScriptedKey
    {
        Witness = bytes =>
        {
            if (_mirror.Held?.Last?.SignBytes != bytes) _unmirrored.Add(bytes);
        },
    };

    private ChainOptions Options =>
        new(Ask.Chain, _key, SignExtensions: true, ChainRules.Default) { LookAgain = Timeout.InfiniteTimeSpan, Mirror = _mirror };

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await Task.WhenAll(_systems.Select(s => s.Terminate()));
        _database.Dispose();
        Assert.Empty(_unmirrored);
    }

    [Fact]
    public async Task A_state_file_begins_the_history_and_its_message_is_signed_again()
    {
        var signed = Canonical.Precommit(100, 0, Ask.A, at: 7);
        var options = Options with { Claims = [StateFile(signed)] };
        var chain = Start(options);

        var again = await Sign(chain, Canonical.Precommit(100, 0, Ask.A, at: 9));
        Assert.Equal(new Timestamp(7, 0), Assert.IsType<SignReply.Signed>(again).Timestamp);
        Assert.Equal([signed.SignBytes], _key.Given);
        ChainWorld.AssertRefused(RefusalReason.DoubleSign, await Sign(chain, Canonical.Precommit(100, 0, Ask.B)));
        Assert.IsType<SignReply.Signed>(await Sign(chain, Canonical.Prevote(101, 0, Ask.B)));

        // The next start finds the file older than the journal.
        Assert.Equal(new Hrs(101, 0, Step.Prevote), (await State(Start(options))).Watermark!.Floor);
        Assert.Equal(2, Events());
    }

    [Fact]
    public async Task Claims_are_taken_in_order_and_the_highest_counts()
    {
        var chain = Start(Options with { Claims = [Hook(50), StateFile(Canonical.Prevote(100, 0, Ask.A)), Hook(9_099), Hook(20_000), Hook(200)] });

        Assert.Equal(new Watermark(Ask.Chain, Hrs.EndOf(new Height(9_099)), Last: null), (await State(chain)).Watermark);
        Assert.Equal(2, Events());
    }

    [Fact]
    public async Task A_newer_file_raises_the_floor_of_a_journal_that_is_behind()
    {
        await Initialise(Start());
        var restarted = Start(Options with { Claims = [StateFile(Canonical.Precommit(100, 0, Ask.A)) with { Message = null }] });

        ChainWorld.AssertRefused(RefusalReason.StepRegression, await Sign(restarted, Canonical.Precommit(100, 0, Ask.A)));
        Assert.IsType<SignReply.Signed>(await Sign(restarted, Canonical.Prevote(100, 1, Ask.A)));
    }

    [Fact]
    public async Task A_message_whose_sign_bytes_are_not_its_own_counts_as_a_position_and_the_journal_can_be_read_again()
    {
        var forged = Canonical.Prevote(100, 0, Ask.A) with { SignBytes = Canonical.Prevote(100, 0, Ask.B).SignBytes };
        var options = Options with { Claims = [StateFile(forged)] };
        for (var start = 0; start < 2; start++)
        {
            var chain = Start(options);
            Assert.Equal(new ChainMessages.State(new Watermark(Ask.Chain, forged.Hrs, Last: null), null), await State(chain));
            ChainWorld.AssertRefused(RefusalReason.StepRegression, await Sign(chain, Canonical.Prevote(100, 0, Ask.A)));
        }

        Assert.Equal(1, Events());
    }

    [Fact]
    public async Task A_hook_begins_nothing_and_is_heard_when_the_chain_has_a_history()
    {
        var waiting = Start(Options with { Claims = [Hook(50)], LookAgain = TimeSpan.FromMilliseconds(50) });
        ChainWorld.AssertRefused(RefusalReason.NoHistory, await Sign(waiting, Canonical.Prevote(100, 0, Ask.A)));
        await Initialise(Start(Options with { Mirror = null }));

        using var patience = new CancellationTokenSource(ChainWorld.Patience);
        while (await Sign(waiting, Canonical.Prevote(50, 0, Ask.A)) is not SignReply.Refused { Refusal.Reason: RefusalReason.RoundRegression })
            await Task.Delay(10, patience.Token);
        Assert.IsType<SignReply.Signed>(await Sign(waiting, Canonical.Prevote(51, 0, Ask.A)));
    }

    [Fact]
    public async Task An_operator_raises_the_floor_and_never_lowers_it()
    {
        var chain = Start();
        await Initialise(chain);

        var raised = await Raise(chain, Operator(100));
        Assert.Equal((true, null, null), (raised.Changed, raised.Error, raised.Ignored));
        foreach (var height in new[] { 100, 99, 0 })
        {
            var ignored = await Raise(chain, Operator(height));
            Assert.Equal((false, null, "the chain stands at 100/end already"), (ignored.Changed, ignored.Error, ignored.Ignored));
            Assert.Equal(raised.Watermark, ignored.Watermark);
        }

        ChainWorld.AssertRefused(RefusalReason.RoundRegression, await Sign(chain, Canonical.Prevote(100, 0, Ask.A)));
        Assert.Equal(raised.Watermark, (await State(Start())).Watermark);
        Assert.Equal(2, Events());
    }

    [Fact]
    public async Task An_operator_may_begin_a_history_by_raising_and_a_hook_may_not()
    {
        var chain = Start();
        Assert.Equal("nothing is recorded for the chain, and this is not enough to begin with", (await Raise(chain, Hook(100))).Ignored);
        Assert.True((await Raise(chain, Operator(100))).Changed);
        Assert.IsType<SignReply.Signed>(await Sign(chain, Canonical.Prevote(101, 0, Ask.A)));
    }

    [Fact]
    public async Task A_height_far_above_is_quarantined_until_the_operator_raises_the_floor()
    {
        var chain = Start();
        await Initialise(chain);
        Assert.IsType<SignReply.Signed>(await Sign(chain, Canonical.Prevote(5, 0, Ask.A)));

        var far = Canonical.Prevote(5_000_000, 0, Ask.A);
        var refusal = ChainWorld.AssertRefused(RefusalReason.HeightJump, await Sign(chain, far));
        Assert.Contains("`tmkms state raise test-chain-1 4999999`", refusal.Detail, StringComparison.Ordinal);
        Assert.IsType<SignReply.Signed>(await Sign(chain, Canonical.Prevote(6, 0, Ask.A)));
        Assert.True((await Raise(chain, Operator(4_999_999))).Changed);
        Assert.IsType<SignReply.Signed>(await Sign(chain, far));
    }

    [Fact]
    public async Task The_first_height_is_adopted_and_the_next_is_signed_also_after_a_restart()
    {
        var options = Options with { Rules = new ChainRules { AdoptFirstHeight = true } };
        var chain = Start(options);
        ChainWorld.AssertRefused(RefusalReason.InvalidRequest, await Sign(chain, Canonical.Prevote(0, 0, Ask.A)));
        Assert.Null((await State(chain)).Watermark);

        ChainWorld.AssertRefused(RefusalReason.FirstHeightAdopted, await Sign(chain, Canonical.Prevote(100, 0, Ask.A)));
        Assert.Equal(Hrs.EndOf(new Height(100)), _mirror.Held?.Floor);
        var restarted = Start(options);
        ChainWorld.AssertRefused(RefusalReason.RoundRegression, await Sign(restarted, Canonical.Precommit(100, 0, Ask.A)));
        Assert.IsType<SignReply.Signed>(await Sign(restarted, Canonical.Prevote(101, 0, Ask.A)));
        Assert.Equal(2, Events());
    }

    [Fact]
    public async Task Every_watermark_is_mirrored_once_and_the_newest_again_after_a_restart()
    {
        var chain = Start();
        await Initialise(chain);
        Assert.Equal(new Hrs(0, 0, Step.Proposal), _mirror.Held?.Floor);
        foreach (var request in new[] { Canonical.Prevote(5, 0, Ask.A), Canonical.Prevote(5, 0, Ask.A, at: 2), Canonical.Precommit(5, 0, Ask.A) })
            Assert.IsType<SignReply.Signed>(await Sign(chain, request));
        ChainWorld.AssertRefused(RefusalReason.DoubleSign, await Sign(chain, Canonical.Precommit(5, 0, Ask.B)));
        await Raise(chain, Operator(100));
        Assert.Equal(["0/0/0", "5/0/1", "5/0/2", "100/end"], Mirrored());

        await Until(() => _mirror.Given.Count == 5, Start());
        Assert.Equal("100/end", Mirrored()[^1]);
    }

    public static TheoryData<string> BrokenMirrors => ["fails", "throws"];

    [Theory, MemberData(nameof(BrokenMirrors))]
    public async Task What_could_not_be_mirrored_is_not_signed_until_it_is(string how)
    {
        var chain = Start();
        await Initialise(chain);
        for (var i = 0; i < 2; i++) _mirror.Next(() => how == "fails" ? "No space left" : throw new IOException("No space left"));

        var request = Canonical.Prevote(5, 0, Ask.A, at: 1);
        for (var i = 0; i < 2; i++)
        {
            var refusal = ChainWorld.AssertRefused(RefusalReason.MirrorFailed, await Sign(chain, request));
            Assert.StartsWith("state file failure at chain test-chain-1: asked 5/0/1, last signed 5/0/1 (", refusal.ToString(), StringComparison.Ordinal);
            Assert.EndsWith("No space left)", refusal.ToString(), StringComparison.Ordinal);
        }

        Assert.Empty(_key.Given);
        ChainWorld.AssertRefused(RefusalReason.DoubleSign, await Sign(chain, Canonical.Prevote(5, 0, Ask.B)));
        Assert.IsType<SignReply.Signed>(await Sign(chain, Canonical.Prevote(5, 0, Ask.A, at: 2)));
        Assert.Equal([request.SignBytes], _key.Given);
        Assert.Equal(["0/0/0", "5/0/1", "5/0/1", "5/0/1"], Mirrored());
        Assert.Equal(2, Events());
    }

    [Fact]
    public async Task A_mirror_that_fails_at_the_start_is_tried_again_by_the_first_request()
    {
        await Initialise(Start(Options with { Mirror = null }));
        _mirror.Next(() => "No space left");
        _mirror.Next(() => "No space left");
        var chain = Start(Options with { Claims = [StateFile(Canonical.Prevote(100, 0, Ask.A))] });

        await Until(() => _mirror.Given.Count == 1, chain);
        ChainWorld.AssertRefused(RefusalReason.MirrorFailed, await Sign(chain, Canonical.Prevote(100, 0, Ask.A)));
        Assert.IsType<SignReply.Signed>(await Sign(chain, Canonical.Prevote(100, 0, Ask.A)));
        Assert.Equal(["100/0/1", "100/0/1", "100/0/1"], Mirrored());
    }

    // Whatever the mirror does, the raise itself is durable.
    [Fact]
    public async Task A_raise_that_could_not_be_mirrored_holds()
    {
        var chain = Start();
        await Initialise(chain);
        _mirror.Next(() => "No space left");
        Assert.True((await Raise(chain, Operator(100))).Changed);
        Assert.Equal("0/0/0", _mirror.Held!.Floor.ToString());
        ChainWorld.AssertRefused(RefusalReason.RoundRegression, await Sign(chain, Canonical.Prevote(100, 0, Ask.A)));
        Assert.IsType<SignReply.Signed>(await Sign(chain, Canonical.Prevote(101, 0, Ask.A)));
    }

    [Fact]
    public async Task A_mirror_that_hangs_holds_up_its_chain_and_no_other()
    {
        var chain = Start();
        await Initialise(chain);
        using var release = new ManualResetEventSlim();
        var entered = new TaskCompletionSource();
        _mirror.Next(() =>
        {
            entered.SetResult();
            release.Wait();
            return null;
        });
        var signing = Sign(chain, Canonical.Prevote(5, 0, Ask.A));
        await entered.Task.WaitAsync(ChainWorld.Patience);

        var other = new ChainId("other");
        var neighbour = _systems[^1].ActorOf(ChainSupervision.Props(Options with { Chain = other, Mirror = null }), "other");
        Assert.Null((await State(neighbour, other)).Watermark);
        Assert.False(signing.IsCompleted);
        Assert.Empty(_key.Given);
        release.Set();
        Assert.IsType<SignReply.Signed>(await signing);
    }

    private IActorRef Start(ChainOptions? options = null)
    {
        var system = _database.Start($"system-{_systems.Count}");
        _systems.Add(system);
        system.EventStream.Subscribe(system.ActorOf(Props.Create(() => new ChainWorld.Answerer())), typeof(Akka.Event.DeadLetter));
        return system.ActorOf(ChainSupervision.Props(options ?? Options), "chain");
    }

    private int Events() => _database.Query("SELECT sequence_number FROM journal").Count;

    private string[] Mirrored() => [.. _mirror.Given.Select(watermark => watermark.Floor.ToString())];

    private static FloorClaim StateFile(SignRequest signed) => new(signed.Hrs, "state_file a.json") { Message = SignedMessage.Of(signed) };

    private static FloorClaim Hook(long height) => Operator(height) with { MaxDelta = 9_000, BeginsHistory = false };

    private static FloorClaim Operator(long height) => new(Hrs.EndOf(new Height(height)), "tmkms state raise");

    private static Task<SignReply> Sign(IActorRef chain, SignRequest request) => ChainWorld.SignAgainAndAgain(chain, request);

    private static Task<ChainMessages.FloorResult> Raise(IActorRef chain, FloorClaim claim) =>
        chain.Ask<ChainMessages.FloorResult>(new ChainMessages.RaiseFloor(claim), ChainWorld.Patience);

    private static async Task Initialise(IActorRef chain) => Assert.True((await chain.Ask<ChainMessages.FloorResult>(
        new ChainMessages.Initialise(new Hrs(0, 0, Step.Proposal), "test"), ChainWorld.Patience)).Changed);

    private static Task<ChainMessages.State> State(IActorRef chain) => State(chain, Ask.Chain);

    private static async Task<ChainMessages.State> State(IActorRef chain, ChainId id) =>
        await (await ChainWorld.Child(chain, $"state-{id}")).Ask<ChainMessages.State>(ChainMessages.GetState.Instance, ChainWorld.Patience);

    private static async Task Until(Func<bool> done, IActorRef chain)
    {
        using var patience = new CancellationTokenSource(ChainWorld.Patience);
        await State(chain);
        while (!done()) await Task.Delay(10, patience.Token);
    }
}
