using System.Collections.Concurrent;
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence;
using Akka.Persistence.Journal;

namespace Kms.Testing;

/// <summary>What goes wrong with one write.</summary>
public abstract record WriteFault
{
    private WriteFault() { }

    /// <summary>Nothing is stored, and the writer is told so.</summary>
    public sealed record Fail : WriteFault;

    /// <summary>The event is stored, but the writer is told that it is not: an answer lost on the way.</summary>
    public sealed record LandButFail : WriteFault;

    /// <summary>The event could not be serialized: the writer goes on as if it had not asked.</summary>
    public sealed record Reject : WriteFault;

    /// <summary>The write hangs and is carried out when <paramref name="Until"/> ends, whether or not anybody still waits.</summary>
    /// <param name="Until">The end of the wait.</param>
    public sealed record Hold(Task Until) : WriteFault;
}

/// <summary>What goes wrong with recoveries.</summary>
public enum ReplayFault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The newest event is not handed out, though it is counted.</summary>
    LoseNewest,

    /// <summary>The journal cannot be read.</summary>
    Fail,
}

/// <summary>The disk under <see cref="FaultJournal"/>: outlives actor systems and is shared by those that name it. An append is a
/// compare-and-set, as in a database with UNIQUE (persistence_id, sequence_number).</summary>
public sealed class FaultStore : IDisposable
{
    private static readonly ConcurrentDictionary<string, FaultStore> Stores = new();

    private readonly string _name = Guid.NewGuid().ToString("N");
    private readonly Dictionary<string, SortedDictionary<long, object>> _events = [];
    private readonly ConcurrentQueue<WriteFault> _faults = new();
    private readonly SemaphoreSlim _reached = new(0);

    /// <summary>An empty disk.</summary>
    public FaultStore() => Stores[_name] = this;

    /// <summary>What goes wrong with recoveries until it is changed.</summary>
    public ReplayFault Replay { get; set; }

    /// <summary>Settings of an actor system on this disk.</summary>
    /// <param name="overrides">What differs.</param>
    public Config Hocon(string overrides = "") => ConfigurationFactory.ParseString(overrides).WithFallback(ConfigurationFactory.ParseString($$"""
        akka {
          loglevel = OFF
          stdout-loglevel = OFF
          persistence {
            journal.plugin = "akka.persistence.journal.fault"
            journal.fault {
              class = "Kms.Testing.FaultJournal, Kms.Testing"
              store = {{_name}}
              replay-filter.mode = off
              recovery-event-timeout = 30s
              circuit-breaker { max-failures = 1000, call-timeout = 60s, reset-timeout = 100ms }
            }
            snapshot-store.plugin = "akka.persistence.snapshot-store.inmem"
          }
        }
        """));

    /// <summary>Lets the next write go wrong; several faults meet the next writes in order.</summary>
    public void Next(WriteFault fault) => _faults.Enqueue(fault);

    /// <summary>Whether any fault has not been met yet.</summary>
    public bool HasFaults => !_faults.IsEmpty;

    /// <summary>Waits until a write has met a fault.</summary>
    public Task Reached(TimeSpan patience) => _reached.WaitAsync(patience);

    /// <summary>The events of one persistence id in order.</summary>
    public IReadOnlyList<object> Events(string persistenceId)
    {
        lock (_events) return [.. Of(persistenceId).Values];
    }

    /// <summary>Puts an event on the disk past every rule.</summary>
    public void Append(string persistenceId, object payload) => Append(persistenceId, Highest(persistenceId) + 1, payload);

    /// <inheritdoc/>
    public void Dispose()
    {
        Stores.TryRemove(_name, out _);
        _reached.Dispose();
    }

    internal static FaultStore Named(string name) => Stores[name];

    internal WriteFault? Meet()
    {
        if (!_faults.TryDequeue(out var fault)) return null;
        _reached.Release();
        return fault;
    }

    internal void Append(string persistenceId, long sequenceNr, object payload)
    {
        lock (_events)
        {
            if (!Of(persistenceId).TryAdd(sequenceNr, payload))
                throw new InvalidOperationException($"UNIQUE constraint failed: {persistenceId}, {sequenceNr}");
        }
    }

    internal long Highest(string persistenceId)
    {
        lock (_events) return Of(persistenceId).Keys.LastOrDefault();
    }

    internal IReadOnlyList<(long SequenceNr, object Payload)> Read(string persistenceId, long from, long to)
    {
        if (Replay == ReplayFault.Fail) throw new InvalidOperationException("the disk cannot be read");
        lock (_events)
        {
            var events = Of(persistenceId).Where(e => e.Key >= from && e.Key <= to).Select(e => (e.Key, e.Value)).ToList();
            return Replay == ReplayFault.LoseNewest ? events[..^1] : events;
        }
    }

    private SortedDictionary<long, object> Of(string persistenceId) =>
        _events.TryGetValue(persistenceId, out var events) ? events : _events[persistenceId] = [];
}

/// <summary>A journal on a <see cref="FaultStore"/>, created by Akka from its settings.</summary>
public sealed class FaultJournal(Config config) : AsyncWriteJournal
{
    private readonly FaultStore _store = FaultStore.Named(config.GetString("store"));

    /// <inheritdoc/>
    protected override async Task<IImmutableList<Exception?>> WriteMessagesAsync(IEnumerable<AtomicWrite> messages, CancellationToken cancellationToken)
    {
        var rejections = new List<Exception?>();
        foreach (var write in messages)
        {
            var fault = _store.Meet();
            if (fault is WriteFault.Fail) throw new InvalidOperationException("nothing was written");
            if (fault is WriteFault.Hold hold) await hold.Until.ConfigureAwait(false);
            rejections.Add(fault is WriteFault.Reject ? new InvalidOperationException("the event cannot be serialized") : null);
            if (fault is WriteFault.Reject) continue;
            foreach (var message in (IImmutableList<IPersistentRepresentation>)write.Payload)
                _store.Append(message.PersistenceId, message.SequenceNr, message.Payload);
            if (fault is WriteFault.LandButFail) throw new InvalidOperationException("the answer was lost");
        }

        return [.. rejections];
    }

    /// <inheritdoc/>
    public override Task<long> ReadHighestSequenceNrAsync(string persistenceId, long fromSequenceNr, CancellationToken cancellationToken) =>
        Task.FromResult(_store.Highest(persistenceId));

    /// <inheritdoc/>
    public override Task ReplayMessagesAsync(
        IActorContext context, string persistenceId, long fromSequenceNr, long toSequenceNr, long max, Action<IPersistentRepresentation> recoveryCallback)
    {
        foreach (var (sequenceNr, payload) in _store.Read(persistenceId, fromSequenceNr, toSequenceNr))
            recoveryCallback(new Persistent(payload, sequenceNr, persistenceId));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override Task DeleteMessagesToAsync(string persistenceId, long toSequenceNr, CancellationToken cancellationToken) => Task.CompletedTask;
}
