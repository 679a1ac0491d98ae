using Akka.Configuration;

namespace Kms.Persistence.Journal;

/// <summary>Refuses to start on a journal that could forget. Akka's defaults would: its journal is in memory, and its replay filter
/// drops the newest event when a writer comes back after another one (DESIGN: "Why it is safe").</summary>
public static class JournalGuard
{
    private const string Journal = "akka.persistence.journal.sql";
    private const string Snapshots = "akka.persistence.snapshot-store.sql";
    private const string Sqlite = "SQLite.MS";

    internal const string ProviderKey = $"{Journal}.provider-name";
    internal const string ConnectionStringKey = $"{Journal}.connection-string";

    /// <summary>Takes the configured journal for this process alone, prepares and examines it. Nothing is written before it is taken.</summary>
    /// <param name="hocon">The effective configuration of the actor system.</param>
    /// <param name="taken">Whether the only hindrance is another process.</param>
    /// <param name="problems">Every problem, each with what to change; empty when the journal may be used.</param>
    /// <returns>The lock, to be held as long as the journal is used; null when there are problems.</returns>
    public static JournalLock? Take(Config hocon, out bool taken, out IReadOnlyList<string> problems)
    {
        taken = false;
        problems = [.. Settings(hocon)];
        if (problems.Count > 0) return null;
        if (JournalLock.TryTake(hocon.GetString(ConnectionStringKey), out taken, out var error) is not { } held)
        {
            problems = [error!];
            return null;
        }

        problems = Examine(hocon);
        if (problems.Count == 0) return held;
        held.Dispose();
        return null;
    }

    /// <summary>The database file of the configured journal, whoever uses it.</summary>
    /// <param name="hocon">The effective configuration.</param>
    /// <param name="error">Why there is none; null on success.</param>
    public static string? Database(Config hocon, out string? error) => JournalLock.DatabaseOf(hocon.GetString(ConnectionStringKey, ""), out error);

    /// <summary>Prepares the configured journal and examines it.</summary>
    /// <param name="hocon">The effective configuration of the actor system.</param>
    /// <returns>Every problem, each with what to change; empty when the journal may be used.</returns>
    public static IReadOnlyList<string> Examine(Config hocon)
    {
        var problems = Settings(hocon);
        if (problems.Count > 0) return problems;
        var connectionString = hocon.GetString(ConnectionStringKey);
        return SqliteJournal.Prepare(connectionString) is { } problem ? [problem] : SqliteJournal.Problems(connectionString);
    }

    /// <summary>What is wrong with the settings alone.</summary>
    internal static IReadOnlyList<string> Settings(Config hocon) => [.. SettingsProblems(hocon)];

    private static IEnumerable<string> SettingsProblems(Config hocon)
    {
        foreach (var (key, wanted, why) in Wanted)
        {
            var found = hocon.GetString(key, "") ?? "";
            if (found != wanted)
                yield return $"{key} is \"{found}\" and must be \"{wanted}\": {why}";
        }

        foreach (var key in new[] { $"{Journal}.connection-string", $"{Snapshots}.connection-string" })
            if (hocon.GetString(key, "").Length == 0) yield return $"{key} is missing";

        if (hocon.GetString($"{Snapshots}.connection-string", "") is { Length: > 0 } snapshots && snapshots != hocon.GetString($"{Journal}.connection-string", ""))
            yield return $"{Snapshots}.connection-string differs from the journal's: snapshots belong into the same database as the events";
    }

    private static readonly (string Key, string Wanted, string Why)[] Wanted =
    [
        ("akka.persistence.journal.plugin", Journal, "any other journal may forget what was signed (the default one is in memory)"),
        ("akka.persistence.snapshot-store.plugin", Snapshots, "snapshots belong into the same database as the events"),
        ($"{Journal}.class", "Akka.Persistence.Sql.Journal.SqlWriteJournal, Akka.Persistence.Sql", "this journal's behaviour was examined, no other's"),
        ($"{Snapshots}.class", "Akka.Persistence.Sql.Snapshot.SqlSnapshotStore, Akka.Persistence.Sql", "this store's behaviour was examined, no other's"),
        ($"{Journal}.replay-filter.mode", "off", "any other mode drops the newest event after a change of writers, and a height is signed twice"),
        ($"{Journal}.provider-name", Sqlite, "this release keeps its journal in SQLite"),
        ($"{Snapshots}.provider-name", Sqlite, "this release keeps its journal in SQLite"),
        ($"{Journal}.table-mapping", "default", "the uniqueness of appends is checked on that table"),
        ($"{Journal}.default.journal.table-name", "journal", "the uniqueness of appends is checked on that table"),
        ($"{Journal}.serializer", "", "events are stored by kms-events alone"),
        ("akka.actor.serialization-bindings.\"Kms.Core.DoubleSign.ChainEvent, Kms.Core\"", "kms-events", "events are stored as Protobuf by their own serializer"),
        ("akka.actor.serialization-bindings.\"Kms.Core.DoubleSign.Watermark, Kms.Core\"", "kms-events", "snapshots are stored as Protobuf by their own serializer"),
    ];
}
