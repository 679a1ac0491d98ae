using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Kms.Persistence.Journal;

/// <summary>The database file of the embedded journal: its tables, its durability and what can be wrong with it.</summary>
public static class SqliteJournal
{
    /// <summary>The connection string for a database file.</summary>
    public static string ConnectionString(string path) => new SqliteConnectionStringBuilder { DataSource = path }.ConnectionString;

    // The columns are Akka.Persistence.Sql's (table-mapping = default). UNIQUE makes every append a compare-and-set; it is
    // written here, in view, instead of left to the plugin's initialisation.
    private const string Tables = """
        CREATE TABLE IF NOT EXISTS journal (
            ordering        INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
            created         INTEGER NOT NULL,
            deleted         INTEGER NOT NULL,
            persistence_id  TEXT    NOT NULL,
            sequence_number INTEGER NOT NULL,
            message         BLOB    NOT NULL,
            tags            TEXT,
            manifest        TEXT,
            identifier      INTEGER,
            writer_uuid     TEXT,
            UNIQUE (persistence_id, sequence_number)
        );
        CREATE TABLE IF NOT EXISTS snapshot (
            persistence_id  TEXT    NOT NULL,
            sequence_number INTEGER NOT NULL,
            created         INTEGER NOT NULL,
            snapshot        BLOB,
            manifest        TEXT,
            serializer_id   INTEGER,
            PRIMARY KEY (persistence_id, sequence_number)
        );
        """;

    // UNIQUE alone has holes where old events were deleted: a process that slept while another one went on would write into one of them
    // and sign below the watermark. An append must follow the newest event.
    private const string AppendsFollow = """
        journal_appends_follow BEFORE INSERT ON journal
        WHEN NEW.sequence_number <> 1 + coalesce((SELECT max(sequence_number) FROM journal WHERE persistence_id = NEW.persistence_id), 0)
        BEGIN SELECT RAISE(ABORT, 'the event does not follow the newest one; another writer was here'); END
        """;

    /// <summary>Creates the database if it is missing, its folder too, readable by the owner alone.</summary>
    /// <returns>Null, or why it cannot be used.</returns>
    public static string? Prepare(string connectionString)
    {
        if (Parse(connectionString, out var error) is not { } settings) return error;
        var path = settings.DataSource;
        try
        {
            if (path.Length == 0 || path == ":memory:" || settings.Mode == SqliteOpenMode.Memory) return "the journal is in memory and would forget every signature at a restart";
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder) Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
            if (!File.Exists(path)) File.Open(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly }).Dispose();
            using var connection = Open(connectionString);
            Execute(connection, "PRAGMA journal_mode = WAL");
            Execute(connection, Tables);
            Execute(connection, $"CREATE TRIGGER IF NOT EXISTS {AppendsFollow}");
            Execute(connection, "DELETE FROM journal WHERE FALSE"); // Tables that are there already are no proof that one may write.
            return null;
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            return $"the journal {path} cannot be opened: {e.Message}";
        }
    }

    /// <summary>Everything that makes the database unfit to be the register of what was signed.</summary>
    public static IReadOnlyList<string> Problems(string connectionString)
    {
        try
        {
            using var connection = Open(connectionString);
            var problems = new List<string>();
            if (Scalar(connection, "PRAGMA journal_mode") is var mode && mode != "wal")
                problems.Add($"the journal's journal_mode is {mode}, not WAL; is it on a network file system?");
            if (Scalar(connection, "PRAGMA synchronous") is var synchronous && int.Parse(synchronous, CultureInfo.InvariantCulture) < 2)
                problems.Add($"the journal's synchronous is {synchronous}, not 2 (FULL): a power cut could take back what was signed");
            problems.AddRange(LastingProblems(connection));
            if (Trigger(connection) is null) problems.Add(ForeignTrigger);
            return problems;
        }
        catch (SqliteException e)
        {
            return [$"the journal cannot be read: {e.Message}"];
        }
    }

    /// <summary>The problems that <see cref="Prepare"/> does not mend.</summary>
    internal static IEnumerable<string> LastingProblems(SqliteConnection connection)
    {
        if (Scalar(connection, "PRAGMA quick_check(1)") is var check && check != "ok")
            yield return $"the journal is damaged ({check}); restore it from a host that has it whole, or import a state that is certainly not older";
        if (!HasAppendConstraint(connection))
            yield return "the journal lacks UNIQUE (persistence_id, sequence_number), which keeps two writers apart; create it before you start";
        if (Trigger(connection) is { } trigger && trigger != $"CREATE TRIGGER {AppendsFollow}") yield return ForeignTrigger;
    }

    private const string ForeignTrigger = "the journal's trigger journal_appends_follow is not this program's; drop it and start again";

    private static string? Trigger(SqliteConnection connection) =>
        Column(connection, "SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND name = 'journal_appends_follow'") is [var sql, ..] ? sql : null;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static bool HasAppendConstraint(SqliteConnection connection)
    {
        var indexes = Column(connection, "SELECT name FROM pragma_index_list('journal') WHERE \"unique\" = 1 AND partial = 0");
        return indexes.Any(index => Column(connection, $"SELECT name FROM pragma_index_info('{index}') ORDER BY name")
            is ["persistence_id", "sequence_number"]);
    }

    internal static SqliteConnectionStringBuilder? Parse(string connectionString, out string? error)
    {
        try
        {
            error = null;
            return new SqliteConnectionStringBuilder(connectionString);
        }
        catch (ArgumentException e)
        {
            error = $"the journal's connection string cannot be read: {e.Message}";
            return null;
        }
    }

    internal static SqliteConnection Open(string connectionString)
    {
        var connection = new SqliteConnection(connectionString);
        connection.Open();
        return connection;
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The statements are constants of this file; index names come from SQLite's own catalogue.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private static string Scalar(SqliteConnection connection, string sql) => Column(connection, sql) is [var first, ..] ? first : "";

    internal static List<string> Column(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100
        command.CommandText = sql;
#pragma warning restore CA2100
        using var reader = command.ExecuteReader();
        var values = new List<string>();
        while (reader.Read()) values.Add(Convert.ToString(reader.GetValue(0), CultureInfo.InvariantCulture) ?? "");
        return values;
    }
}
