using Akka.Persistence;
using Kms.Core.DoubleSign;

namespace Kms.Simulation.Tests.World;

/// <summary>The database of one chain that all hosts share: events, each of which must follow the newest one (UNIQUE and the
/// trigger of the product's tables), and snapshots.</summary>
internal sealed class SharedStore(Flaw flaw, Action<ChainEvent> stored)
{
    private readonly SortedDictionary<long, IPersistentRepresentation> _events = [];
    private readonly SortedDictionary<long, SelectedSnapshot> _snapshots = [];

    /// <summary>Number of the newest event.</summary>
    public long Highest { get; private set; }

    /// <summary>Appends that another writer had forestalled.</summary>
    public int Conflicts { get; private set; }

    /// <summary>Writes all or none, like a transaction.</summary>
    /// <returns>Whether they were written.</returns>
    public bool TryAppend(IReadOnlyList<IPersistentRepresentation> events)
    {
        if (!Follows(events))
        {
            Conflicts++;
            return false;
        }

        foreach (var e in events)
        {
            _events[e.SequenceNr] = e;
            Highest = Math.Max(Highest, e.SequenceNr);
            stored((ChainEvent)e.Payload);
        }

        return true;
    }

    private bool Follows(IReadOnlyList<IPersistentRepresentation> events) =>
        flaw.HasFlag(Flaw.NoUniqueness)
        || (flaw.HasFlag(Flaw.UniquenessAlone) ? events.All(e => !_events.ContainsKey(e.SequenceNr)) : events[0].SequenceNr == Highest + 1);

    /// <summary>What a recovery is handed out.</summary>
    public IReadOnlyList<IPersistentRepresentation> Read(long from, long to)
    {
        var newest = flaw.HasFlag(Flaw.LosesNewestInReplay) ? Highest - 1 : Highest;
        return [.. _events.Values.Where(e => e.SequenceNr >= from && e.SequenceNr <= Math.Min(to, newest))];
    }

    /// <summary>Deletes old events; the newest one stays, as in a database that must know how many there were.</summary>
    public void Delete(long to)
    {
        foreach (var number in _events.Keys.Where(n => n <= to && n < Highest).ToList()) _events.Remove(number);
    }

    /// <summary>The newest snapshot that fits.</summary>
    public SelectedSnapshot? Snapshot(long to) => _snapshots.Values.LastOrDefault(s => s.Metadata.SequenceNr <= to);

    /// <summary>Saves a snapshot.</summary>
    public void Save(SnapshotMetadata metadata, object snapshot) => _snapshots[metadata.SequenceNr] = new SelectedSnapshot(metadata, snapshot);

    /// <summary>Deletes old snapshots.</summary>
    public void DeleteSnapshots(long to)
    {
        foreach (var number in _snapshots.Keys.Where(n => n <= to).ToList()) _snapshots.Remove(number);
    }

    /// <summary>Forgets the newest event for good, if it is a store that does.</summary>
    public void GoBack()
    {
        if (!flaw.HasFlag(Flaw.GoesBackInTime) || _events.Count < 2) return;
        _events.Remove(Highest);
        _snapshots.Remove(Highest);
        Highest = _events.Keys.Last();
    }
}
