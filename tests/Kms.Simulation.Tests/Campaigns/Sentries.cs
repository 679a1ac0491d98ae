using Kms.Actors.Chain;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Protocol.SignBytes;
using Kms.Simulation.Tests.Lab;
using Kms.Simulation.Tests.World;
using Kms.Testing;

namespace Kms.Simulation.Tests.Campaigns;

/// <summary>The validator's nodes. Together they follow a chain, more or less: they repeat themselves, differ in timestamps, propose different blocks
/// in one round, lag behind and run ahead.</summary>
internal sealed class Sentries(Cluster cluster)
{
    private const int Remembered = 8;

    private readonly List<SignRequest> _recent = [];
    private readonly List<CancellationTokenSource> _deadlines = [];
    private Hrs _next = new(1, 0, Step.Proposal);
    private int _preferred;

    /// <summary>The highest height that anybody spoke of.</summary>
    public long Top { get; private set; } = 1;

    /// <summary>One to three nodes ask for something.</summary>
    public void Ask(Dice dice)
    {
        var first = Any(dice);
        Send(dice, first);
        for (var more = dice.Next(6) - 3; more > 0; more--) Send(dice, Variant(dice, first));
    }

    /// <summary>A request for a height that is new to all.</summary>
    public SignRequest NewHeight()
    {
        _next = new Hrs(++Top, 0, Step.Prevote);
        return Request(_next, Testing.Ask.A, 1);
    }

    /// <summary>The oldest node that waits gives up.</summary>
    public void GiveUp()
    {
        if (_deadlines.Count == 0) return;
        cluster.Trace?.Invoke("a sentry gives up");
        _deadlines[0].Cancel();
        _deadlines.RemoveAt(0);
    }

    /// <summary>The nodes are told to ask another host from now on.</summary>
    public void Prefer(SimulatedHost host) => _preferred = host.Index;

    /// <summary>An operator, or a hook, says that the chain is further.</summary>
    public void RaiseFloor(Dice dice)
    {
        var floor = Hrs.EndOf(new Height(_next.Height.Value + dice.Next(2)));
        var claim = new FloorClaim(floor, "operator");
        cluster.Tell(dice.Pick(cluster.Hosts), $"raise the floor to {floor}", new ChainMessages.RaiseFloor(claim));
        MoveTo(new Hrs(floor.Height.Value + 1, 0, Step.Proposal));
    }

    private SignRequest Any(Dice dice) => dice.Next(10) switch
    {
        < 5 => Honest(dice),
        < 7 when _recent.Count > 0 => dice.Pick(_recent),
        < 9 when _recent.Count > 0 => Variant(dice, dice.Pick(_recent)),
        _ => Request(new Hrs(Math.Max(1, _next.Height.Value + dice.Next(4) - 2), dice.Next(3), (Step)dice.Next(3)), Block(dice), 1 + dice.Next(3)),
    };

    private SignRequest Honest(Dice dice)
    {
        var request = Request(_next, Testing.Ask.A, 1);
        if (dice.Chance(80)) MoveTo(After(_next, nextHeight: dice.Chance(75)));
        return request;
    }

    private static SignRequest Variant(Dice dice, SignRequest of) => dice.Next(3) switch
    {
        0 => of,
        1 => Request(of.Hrs, of.Block, 1 + dice.Next(3)),
        _ => Request(of.Hrs, Block(dice), 1 + dice.Next(3), dice.Next(2) - 1),
    };

    private static Hrs After(Hrs hrs, bool nextHeight) =>
        hrs.Step != Step.Precommit ? hrs with { Step = hrs.Step + 1 }
        : nextHeight ? new Hrs(hrs.Height.Value + 1, 0, Step.Proposal)
        : new Hrs(hrs.Height.Value, hrs.Round.Value + 1, Step.Proposal);

    private static BlockId? Block(Dice dice) => dice.Next(3) switch { 0 => null, 1 => Testing.Ask.A, _ => Testing.Ask.B };

    private static SignRequest Request(Hrs hrs, BlockId? block, long time, int pol = -1)
    {
        var request = hrs.Step == Step.Proposal
            ? Testing.Ask.Proposal(hrs.Height.Value, hrs.Round.Value, block ?? Testing.Ask.B, time, pol)
            : Testing.Ask.Any(hrs.Height.Value, hrs.Round.Value, hrs.Step, block, time);
        return request with { SignBytes = CanonicalSignBytes.Of(request.Chain, SignedMessage.Of(request)) };
    }

    private void MoveTo(Hrs next)
    {
        _next = next;
        Top = Math.Max(Top, next.Height.Value);
    }

    private void Send(Dice dice, SignRequest request)
    {
        _recent.Add(request);
        if (_recent.Count > Remembered) _recent.RemoveAt(0);
        Top = Math.Max(Top, request.Hrs.Height.Value);
        var host = dice.Chance(70) ? cluster.Hosts[_preferred] : dice.Pick(cluster.Hosts);
        var deadline = new CancellationTokenSource();
        _deadlines.Add(deadline);
        cluster.Sign(host, request, _ => _deadlines.Remove(deadline), deadline.Token);
    }
}
