using System.Globalization;
using Kms.Core.Consensus;
using Kms.Protocol.SignBytes;
using Kms.Simulation.Tests.Campaigns;
using Kms.Simulation.Tests.Lab;
using Kms.Simulation.Tests.World;
using Kms.Testing;
using Xunit.Abstractions;

namespace Kms.Simulation.Tests;

/// <summary>Two hosts and two requests, in every order of what can happen in the first steps, with a number of faults anywhere among them. What is
/// left then happens in order. SIM_DEPTH is the number of steps.</summary>
public sealed class SmallWorldTests(ITestOutputHelper output)
{
    private const int Faults = 1;

    // Each step more is twice the work.
    private static readonly int Depth = int.Parse(Environment.GetEnvironmentVariable("SIM_DEPTH") ?? "7", CultureInfo.InvariantCulture);

    /// <summary>The second request is for another block, another timestamp, an earlier step, a later height.</summary>
    public static TheoryData<string> Second => ["other block", "other time", "earlier", "later"];

    [Theory]
    [MemberData(nameof(Second))]
    public void Every_order_is_safe(string second)
    {
        Assert.Null(FirstViolation(new ClusterOptions(), second, out var worlds));
        output.WriteLine($"{worlds} worlds");
        Assert.True(worlds > 1_000);
    }

    [Fact]
    public void A_store_without_uniqueness_is_found() =>
        Assert.StartsWith(
            "double sign", FirstViolation(new ClusterOptions { Flaw = Flaw.NoUniqueness }, "other block", out _), StringComparison.Ordinal);

    private static string? FirstViolation(ClusterOptions options, string second, out int worlds)
    {
        // The second host is asked twice: when it has lost, it comes back, knows more, and is asked again.
        var requests = new[] { Request(Ask.Prevote(2, 0, Ask.A)), Request(Other(second)), Request(Other(second)) };
        var (violation, count) = ((string?)null, 0);
        Campaign.OnThreads(laboratory =>
        {
            var choices = new Choices();
            do
            {
                count++;
                violation = Run(laboratory, options, requests, choices);
            }
            while (violation is null && choices.MoveOn());
        }, threads: 1);
        worlds = count;
        return violation;
    }

    private static SignRequest Other(string which) => which switch
    {
        "other block" => Ask.Prevote(2, 0, Ask.B),
        "other time" => Ask.Prevote(2, 0, Ask.A, at: 2),
        "earlier" => Ask.Proposal(2, 0, Ask.B),
        _ => Ask.Prevote(3, 0, Ask.B),
    };

    private static SignRequest Request(SignRequest request) =>
        request with { SignBytes = CanonicalSignBytes.Of(request.Chain, SignedMessage.Of(request)) };

    private static string? Run(Laboratory laboratory, ClusterOptions options, SignRequest[] requests, Choices choices)
    {
        var trace = new List<string>();
        using var cluster = new Cluster(laboratory, options, trace.Add);
        cluster.Settle();
        choices.Begin();
        cluster.Sign(cluster.Hosts[0], requests[0]);
        foreach (var request in requests[1..]) cluster.Sign(cluster.Hosts[1], request);
        var faults = Faults;
        for (var step = 0; step < Depth; step++)
        {
            var moves = Moves(cluster, faults > 0).ToList();
            if (moves.Count == 0) break;
            var (isFault, move) = moves[choices.Next(moves.Count)];
            if (isFault) faults--;
            move();
        }

        cluster.Settle();
        return cluster.Checker.Violation is { } violation ? $"{violation}\n{string.Join('\n', trace)}" : null;
    }

    private static IEnumerable<(bool IsFault, Action Move)> Moves(Cluster cluster, bool withFaults)
    {
        foreach (var p in cluster.Pending.Where(p => p.IsReady))
        {
            yield return (false, () => cluster.Happen(p));
            if (withFaults && p.CanFail) yield return (true, () => cluster.Fail(p));
        }

        foreach (var host in cluster.Hosts)
        {
            if (host.Process is null) yield return (false, () => cluster.Start(host));
            else if (withFaults) yield return (true, () => cluster.Crash(host));
        }
    }

    /// <summary>Goes through a tree of choices, depth first, one leaf at a time.</summary>
    private sealed class Choices
    {
        private readonly List<(int Taken, int Count)> _path = [];
        private int _at;

        public void Begin() => _at = 0;

        public int Next(int count)
        {
            if (_at == _path.Count) _path.Add((0, count));
            return _path[_at++].Taken;
        }

        public bool MoveOn()
        {
            while (_path.Count > 0)
            {
                var (taken, count) = _path[^1];
                _path.RemoveAt(_path.Count - 1);
                if (taken + 1 == count) continue;
                _path.Add((taken + 1, count));
                return true;
            }

            return false;
        }
    }
}
