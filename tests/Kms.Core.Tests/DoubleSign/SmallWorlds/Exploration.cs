using Kms.Core.Consensus;
using Kms.Core.DoubleSign;

namespace Kms.Core.Tests.DoubleSign.SmallWorlds;

/// <summary>Tries everything that can happen to a signer in a <see cref="SmallWorld"/> and collects what is wrong.</summary>
internal sealed class Exploration(SmallWorld world, ModelSigner signer, IdealTable noHistory)
{
    public Exploration(SmallWorld world, ModelSigner signer) : this(world, signer, IdealTable.NoHistory) { }

    private readonly Dictionary<Finding, string> _findings = [];

    // A signer that keeps no replies cannot tell a lost one from a crash after the append.
    private readonly Fate[] _fates = [.. Enum.GetValues<Fate>().Where(fate => fate != Fate.ReplyLost || noHistory.KeepsReplies)];

    /// <summary>Each kind of fault that was found, with its first example.</summary>
    public IReadOnlyDictionary<Finding, string> Findings => _findings;

    /// <summary>Requests made, over all sequences.</summary>
    public long Requests { get; private set; }

    /// <summary>States reached (complete search), or sequences finished (enumeration).</summary>
    public long Reached { get; private set; }

    /// <summary>
    /// Complete: covers histories of any length. Breadth-first over all reachable states, where a state is the signer's memory,
    /// the newest event of its journal, what the table says is recorded, and the signatures that reached nodes at ONE position. That is
    /// enough: (1) what a signer does next depends on its memory and, at a restart, on its journal, of which the newest event alone leads
    /// to the same memory (checked at every single step); the replies it keeps are part of its memory, and a restart drops them; (2) two
    /// signatures conflict only at one position, and what reached a node has no influence on the signer, so watching the positions one at
    /// a time, each from the start, loses no conflict.
    /// Operators, state files and hooks make every claim at the start, and at any time later. What a state file says was signed there is a
    /// signature like any other: another signer has released it, unless that one itself would have contradicted what is out.
    /// </summary>
    /// <param name="orUntil">A fault to stop at: wrong rules can reach very many states.</param>
    public Exploration ToTheEnd(Finding? orUntil = null)
    {
        var claims = Claims().ToList();
        var seen = new HashSet<(Hrs, Watermark?, ChainEvent?, ReleasedSignatures, IdealTable, ulong)>();
        var open = new Queue<(Hrs Watched, SignerState State, IdealTable Table, ulong Released)>();
        foreach (var watched in world.Positions) Visit(watched, SignerState.Empty, noHistory, 0);

        while (!(orUntil is { } fault && _findings.ContainsKey(fault)) && open.TryDequeue(out var at))
        {
            foreach (var (claim, says) in claims)
            {
                var next = signer.Claim(at.State, claim);
                var table = at.Table.Claimed((claim.Floor.Height.Value, claim.Floor.Round.Value, (int)claim.Floor.Step), says, !claim.BeginsHistory);
                var elsewhere = says is not null && claim.Floor == at.Watched && !Contradicts(at.Watched, at.Released, says) ? says : null;
                Check(next, claim);
                Visit(at.Watched, next, table, elsewhere is null ? at.Released : Release(at.Watched, at.Released, elsewhere));
            }

            for (var i = 0; i < world.Requests.Count; i++)
            {
                foreach (var fate in _fates)
                {
                    var (next, table, signed) = Step(at.State, at.Table, i, fate);
                    var isWatched = signed is not null && world.Requests[i].Request.Hrs == at.Watched;
                    Visit(at.Watched, next, table, isWatched ? Release(at.Watched, at.Released, signed!) : at.Released);
                }
            }
        }
        Reached += seen.Count;
        return this;

        void Visit(Hrs watched, SignerState state, IdealTable table, ulong released)
        {
            // A stopped signer stays stopped: a restart reads the same contradiction again.
            if (state.Stopped is null && seen.Add((watched, state.Memory, state.Newest, state.Released, table, released)))
                open.Enqueue((watched, state, table, released));
        }
    }

    /// <summary>Every sequence of <paramref name="length"/> requests on a new key, with every fate between them, from whole journals.
    /// Blocks and timestamps are compared for equality only, so the first request need not name block B or the second timestamp.</summary>
    public Exploration Sequences(int length)
    {
        var floor = Hrs.EndOf(new Height(0));
        var start = noHistory.Claimed((0, floor.Round.Value, (int)floor.Step), null, isHook: false);
        Continue(signer.Claim(SignerState.Empty, new FloorClaim(floor, "test")), start, [], length, first: true);
        return this;
    }

    // Every position and the end of every height, as an operator would claim it; the end of every height, as a hook would; every message,
    // as a state file would.
    private IEnumerable<(FloorClaim Claim, Statement? Says)> Claims()
    {
        foreach (var position in world.Positions) yield return (new FloorClaim(position, "operator"), null);
        for (var height = 0L; height <= world.Positions.Last().Height.Value; height++)
        {
            var end = Hrs.EndOf(new Height(height));
            yield return (new FloorClaim(end, "operator"), null);
            yield return (new FloorClaim(end, "hook") { BeginsHistory = false, MaxDelta = IdealTable.HookLimit }, null);
        }

        foreach (var (says, request) in world.Requests)
            yield return (new FloorClaim(request.Hrs, "state file") { Message = SignedMessage.Of(request) }, says);
    }

    private bool Contradicts(Hrs watched, ulong released, Statement says) =>
        world.Among(watched, released).Any(earlier => SignatureChecker.Conflict(earlier, says) is not null);

    private ulong Release(Hrs watched, ulong released, Statement signed)
    {
        foreach (var earlier in world.Among(watched, released)) Report(SignatureChecker.Conflict(earlier, signed), earlier, signed);
        return released | world.Bit(watched, signed);
    }

    private void Continue(SignerState state, IdealTable table, List<Statement> released, int left, bool first)
    {
        for (var i = 0; i < world.Requests.Count; i++)
        {
            if (first && world.Requests[i].Statement is { Block: "B" } or { Timestamp: not 1 }) continue;
            foreach (var fate in left == 1 ? [Fate.Answered] : _fates)
            {
                var (next, tableAfter, signed) = Step(state, table, i, fate);
                if (signed is not null)
                {
                    foreach (var earlier in released) Report(SignatureChecker.Conflict(earlier, signed), earlier, signed);
                    released.Add(signed);
                }
                if (left > 1) Continue(next, tableAfter, released, left - 1, first: false);
                else Reached++;
                if (signed is not null) released.RemoveAt(released.Count - 1);
            }
        }
    }

    private (SignerState Next, IdealTable Table, Statement? Signed) Step(SignerState state, IdealTable table, int index, Fate fate)
    {
        Requests++;
        var (asked, request) = world.Requests[index];
        var (next, reply) = signer.Ask(state, request, fate);
        var signed = reply is null ? null : world.Meaning(reply.SignBytes);

        Check(next, asked);
        if (signed is not null) Report(SignatureChecker.Useless(asked, reply!, signed), asked, signed);
        if (fate is Fate.Answered or Fate.AnsweredThenRestarted) Report(Differs(table, asked, signed), table, asked);
        var after = fate == Fate.CrashedBeforeAppend ? table : table.After(asked);
        return (next, fate is Fate.Answered or Fate.ReplyLost ? after : after.Forgets(), signed);
    }

    private void Check(SignerState state, object cause)
    {
        if (state.Stopped is not null) Report(Finding.Contradiction, state.Stopped, cause);
        if (!RemembersTheSame(state)) Report(Finding.ForgotAtRestart, state.Memory, state.Newest);
    }

    private static Finding? Differs(IdealTable table, Statement asked, Statement? signed) => (table.Of(asked), signed) switch
    {
        (Due.Refusal, not null) => Finding.SignedWhatTheTableRefuses,
        (Due.New or Due.Recorded or Due.Earlier, null) => Finding.RefusedWhatTheTableSigns,
        (Due.New, _) when signed != asked => Finding.SignedOtherBytesThanTheTable,
        (Due.Recorded, _) when signed != table.Last => Finding.SignedOtherBytesThanTheTable,
        (Due.Earlier, _) when signed != table.EarlierFor(asked) => Finding.SignedOtherBytesThanTheTable,
        _ => null,
    };

    // The last event alone leads where memory is: with this at every step, reading the whole journal does, too.
    private bool RemembersTheSame(SignerState state) =>
        state.Memory == (state.Newest is { } newest ? signer.Apply(null, newest).Watermark : null);

    private void Report(Finding? finding, object? one, object? other)
    {
        if (finding is { } found && !_findings.ContainsKey(found)) _findings.Add(found, $"{one} / {other}");
    }
}
