using Microsoft.Data.Sqlite;

namespace Kms.Persistence.Journal;

/// <summary>What a look at a journal found.</summary>
/// <param name="Path">The database file; null when the settings do not name one.</param>
/// <param name="Exists">Whether there is such a file.</param>
/// <param name="Problems">Everything that would keep the signer from starting, each with what to change.</param>
/// <param name="Recorded">The persistence ids that have an event or a snapshot.</param>
public sealed record JournalReport(string? Path, bool Exists, IReadOnlyList<string> Problems, IReadOnlySet<string> Recorded);

/// <summary>Looks at a journal without changing anything: no file is created, no table migrated, and a running signer is not disturbed.</summary>
public static class JournalExamination
{
    private static readonly HashSet<string> None = [];

    /// <summary>Looks at the configured journal.</summary>
    /// <param name="hocon">The effective configuration of the actor system.</param>
    public static JournalReport Look(Akka.Configuration.Config hocon)
    {
        if (JournalGuard.Settings(hocon) is { Count: > 0 } wrong) return new JournalReport(null, false, wrong, None);
        if (SqliteJournal.Parse(hocon.GetString(JournalGuard.ConnectionStringKey), out var error) is not { } settings)
            return new JournalReport(null, false, [error!], None);
        var path = settings.DataSource;
        if (path.Length == 0 || path == ":memory:" || settings.Mode == SqliteOpenMode.Memory)
            return new JournalReport(null, false, ["the journal is in memory and would forget every signature at a restart"], None);
        return File.Exists(path) ? Examine(path) : new JournalReport(path, false, [], None);
    }

    private static JournalReport Examine(string path)
    {
        try
        {
            if (new FileInfo(path).Length == 0) return new JournalReport(path, true, [], None);
            using var connection = SqliteJournal.Open(ReadOnly(path));
            // Tables that are not there yet are created at start.
            if (Tables(connection) is not { Count: 2 } tables) return new JournalReport(path, true, [], None);
            return new JournalReport(
                path, true, [.. SqliteJournal.LastingProblems(connection)],
                tables.SelectMany(table => PersistenceIds(connection, table)).ToHashSet(StringComparer.Ordinal));
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            return new JournalReport(path, true, [$"the journal {path} cannot be read: {e.Message}"], None);
        }
    }

    // A connection to a database in WAL mode creates the files -wal and -shm beside it, even to read. Where they are not both there, nobody
    // has the database open, and SQLite may be told that it does not change (sqlite.org/uri.html, "immutable").
    private static string ReadOnly(string path)
    {
        var escaped = Uri.EscapeDataString(Path.GetFullPath(path)).Replace("%2F", "/", StringComparison.Ordinal);
        var source = File.Exists(path + "-wal") && File.Exists(path + "-shm") ? path : $"file:{escaped}?immutable=1";
        return new SqliteConnectionStringBuilder { DataSource = source, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ConnectionString;
    }

    private static List<string> Tables(SqliteConnection connection) =>
        SqliteJournal.Column(connection, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name IN ('journal', 'snapshot')");

    private static List<string> PersistenceIds(SqliteConnection connection, string table) =>
        SqliteJournal.Column(connection, $"SELECT DISTINCT persistence_id FROM {table}");
}
