using Kms.Persistence.Journal;
using Microsoft.Data.Sqlite;

namespace Kms.Persistence.Tests.Journal;

/// <summary>The program does not start on a journal that could forget, and says what to change.</summary>
public sealed class JournalGuardTests : IDisposable
{
    private const string Journal = "akka.persistence.journal.sql";

    private readonly DatabaseFile _database = new();

    public void Dispose() => _database.Dispose();

    [Fact]
    public void The_shipped_settings_pass_on_a_new_database_and_on_the_same_again()
    {
        Assert.Empty(JournalGuard.Examine(_database.Hocon()));
        Assert.Empty(JournalGuard.Examine(_database.Hocon()));
    }

    [Fact]
    public void The_libraries_defaults_are_refused()
    {
        var problems = JournalGuard.Examine(Akka.Persistence.Persistence.DefaultConfig());
        Assert.Contains(problems, p => p.Contains("akka.persistence.journal.plugin", StringComparison.Ordinal) && p.Contains("in memory", StringComparison.Ordinal));
        Assert.Contains(problems, p => p.Contains("replay-filter", StringComparison.Ordinal));
    }

    /// <summary>A dangerous line, and words of the refusal.</summary>
    public static TheoryData<string, string> Dangerous => new()
    {
        { "akka.persistence.journal.plugin = akka.persistence.journal.inmem", "akka.persistence.journal.plugin is \"akka.persistence.journal.inmem\" and must be \"akka.persistence.journal.sql\"" },
        { "akka.persistence.journal.plugin = \"\"", "akka.persistence.journal.plugin is \"\"" },
        { "akka.persistence.snapshot-store.plugin = akka.persistence.snapshot-store.local", "snapshots belong into the same database" },
        { $"{Journal}.class = \"Akka.Persistence.Journal.MemoryJournal, Akka.Persistence\"", "this journal's behaviour was examined, no other's" },
        { "akka.persistence.snapshot-store.sql.class = \"Akka.Persistence.Snapshot.MemorySnapshotStore, Akka.Persistence\"", "this store's behaviour was examined, no other's" },
        { $"{Journal}.replay-filter.mode = repair-by-discard-old", "drops the newest event after a change of writers" },
        { $"{Journal}.replay-filter.mode = warn", "is \"warn\" and must be \"off\"" },
        { $"{Journal}.replay-filter.mode = fail", "is \"fail\" and must be \"off\"" },
        { "akka.persistence.snapshot-store.sql.connection-string = \"\"", "akka.persistence.snapshot-store.sql.connection-string is missing" },
        { $"{Journal}.provider-name = PostgreSQL", "is \"PostgreSQL\"" },
        { "akka.persistence.snapshot-store.sql.provider-name = SqlServer.2022", "is \"SqlServer.2022\"" },
        { Both("Data Source=:memory:"), "the journal is in memory" },
        { Both("Data Source="), "the journal is in memory" },
        { Both("Data Source=kms.db;Mode=Memory;Cache=Shared"), "the journal is in memory" },
        { "akka.persistence.snapshot-store.sql.connection-string = \"Data Source=elsewhere.db\"", "differs from the journal's" },
        { Both("no connection string"), "the journal's connection string cannot be read" },
        { "akka.actor.serialization-bindings.\"Kms.Core.DoubleSign.ChainEvent, Kms.Core\" = json", "events are stored as Protobuf" },
        { "akka.actor.serialization-bindings.\"Kms.Core.DoubleSign.Watermark, Kms.Core\" = json", "snapshots are stored as Protobuf" },
        { $"{Journal}.serializer = json", "events are stored by kms-events alone" },
        { $"{Journal}.table-mapping = sqlite", "the uniqueness of appends is checked on that table" },
        { $"{Journal}.default.journal.table-name = elsewhere", "the uniqueness of appends is checked on that table" },
    };

    [Theory]
    [MemberData(nameof(Dangerous))]
    public void A_dangerous_setting_is_refused_with_what_to_change(string setting, string words) =>
        Assert.Contains(words, Assert.Single(JournalGuard.Examine(_database.Hocon(setting))), StringComparison.Ordinal);

    [Fact]
    public void A_missing_connection_string_is_refused() =>
        Assert.Contains($"{Journal}.connection-string is missing", JournalGuard.Examine(_database.Hocon(Both(""))));

    [Fact]
    public void A_table_without_the_unique_constraint_is_refused()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_database.Path)!);
        _database.Execute("""
            CREATE TABLE journal (ordering INTEGER PRIMARY KEY, created INTEGER, deleted INTEGER, persistence_id TEXT, sequence_number INTEGER,
                message BLOB, tags TEXT, manifest TEXT, identifier INTEGER, writer_uuid TEXT);
            CREATE UNIQUE INDEX partial ON journal (persistence_id, sequence_number) WHERE deleted = 0;
            CREATE UNIQUE INDEX wider ON journal (persistence_id, sequence_number, created);
            CREATE INDEX plain ON journal (persistence_id, sequence_number);
            """);
        Assert.Contains("lacks UNIQUE (persistence_id, sequence_number)", Refusal(_database.ConnectionString), StringComparison.Ordinal);
        _database.Execute("CREATE UNIQUE INDEX right ON journal (sequence_number, persistence_id)");
        Assert.Empty(JournalGuard.Examine(_database.Hocon()));
    }

    [Fact]
    public void A_trigger_of_somebody_else_is_refused()
    {
        Assert.Null(SqliteJournal.Prepare(_database.ConnectionString));
        _database.Execute("DROP TRIGGER journal_appends_follow; CREATE TRIGGER journal_appends_follow BEFORE INSERT ON journal WHEN FALSE BEGIN SELECT 1; END");
        Assert.Contains("journal_appends_follow is not this program's", Refusal(_database.ConnectionString), StringComparison.Ordinal);
        _database.Execute("DROP TRIGGER journal_appends_follow");
        Assert.Empty(JournalGuard.Examine(_database.Hocon()));
    }

    // Below the oldest event that is kept, at the newest, and beyond a gap.
    [Theory]
    [InlineData(4)]
    [InlineData(9)]
    [InlineData(11)]
    public void An_append_that_does_not_follow_the_newest_event_is_refused(int sequenceNr)
    {
        Assert.Null(SqliteJournal.Prepare(_database.ConnectionString));
        for (var n = 1; n <= 9; n++) Append(n);
        _database.Execute("DELETE FROM journal WHERE sequence_number <= 5");
        Assert.Contains("does not follow the newest one", Assert.Throws<SqliteException>(() => Append(sequenceNr)).Message, StringComparison.Ordinal);
        Append(10);

        void Append(int n) => _database.Execute(
            $"INSERT INTO journal (created, deleted, persistence_id, sequence_number, message) VALUES (0, 0, 'chain-x', {n}, x'00')");
    }

    [Fact]
    public void A_damaged_file_is_refused()
    {
        Assert.Null(SqliteJournal.Prepare(_database.ConnectionString));
        _database.Execute("""
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
            INSERT INTO journal (created, deleted, persistence_id, sequence_number, message) SELECT 0, 0, 'chain-x', i, randomblob(300) FROM n;
            PRAGMA wal_checkpoint(TRUNCATE);
            """);
        SqliteConnection.ClearAllPools();
        Assert.Empty(SqliteJournal.Problems(_database.ConnectionString));
        SqliteConnection.ClearAllPools();

        var bytes = File.ReadAllBytes(_database.Path);
        bytes.AsSpan(bytes.Length / 2 / 4096 * 4096, 3 * 4096).Fill(0x5A);
        File.WriteAllBytes(_database.Path, bytes);
        Assert.Contains("damaged", Refusal(_database.ConnectionString), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_database_is_refused_and_left_as_it_is()
    {
        File.WriteAllText(_database.Beside("notes.txt"), new string('x', 5000));
        Assert.Contains("cannot be opened", Refusal($"Data Source={_database.Beside("notes.txt")}"), StringComparison.Ordinal);
        Assert.Equal(new string('x', 5000), File.ReadAllText(_database.Beside("notes.txt")));
    }

    [Fact]
    public void A_folder_that_is_a_file_is_refused()
    {
        File.WriteAllText(_database.Beside("state"), "");
        Assert.Contains("cannot be opened", Refusal(_database.ConnectionString), StringComparison.Ordinal);
    }

    [Fact]
    public void A_database_that_is_a_folder_is_refused()
    {
        Directory.CreateDirectory(_database.Path);
        Assert.Contains("cannot be opened", Refusal(_database.ConnectionString), StringComparison.Ordinal);
    }

    [Fact]
    public void A_database_that_may_only_be_read_is_refused()
    {
        Assert.Null(SqliteJournal.Prepare(_database.ConnectionString));
        Assert.Contains("cannot be opened", Refusal($"{_database.ConnectionString};Mode=ReadOnly"), StringComparison.Ordinal);
    }

    // Nobody, not even root, can make a file there.
    [Theory]
    [InlineData("/proc/kms.db")]
    [InlineData("/proc/state/kms.db")]
    public void A_folder_that_cannot_be_written_is_refused(string path) =>
        Assert.Contains("cannot be opened", Refusal(SqliteJournal.ConnectionString(path)), StringComparison.Ordinal);

    [Fact]
    public void Folder_and_files_are_the_owners_alone()
    {
        Assert.Empty(JournalGuard.Examine(_database.Hocon()));
        using var open = new SqliteConnection(_database.ConnectionString);
        open.Open();
        _database.Execute("CREATE TABLE t (a)"); // The write-ahead log exists while a connection is open.
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_database.Beside("state")));
        Assert.Equal(3, Directory.GetFiles(_database.Beside("state")).Length);
        Assert.All(Directory.GetFiles(_database.Beside("state")), f => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(f)));
    }

    [Fact]
    public void Connections_of_the_plugin_wait_for_the_disk()
    {
        Assert.Empty(JournalGuard.Examine(_database.Hocon()));
        foreach (var plugin in new[] { Journal, "akka.persistence.snapshot-store.sql" })
        {
            using var connection = new SqliteConnection(_database.Hocon().GetString($"{plugin}.connection-string"));
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA synchronous";
            Assert.Equal(2L, command.ExecuteScalar());
            command.CommandText = "PRAGMA journal_mode";
            Assert.Equal("wal", command.ExecuteScalar());
        }
    }

    private string Refusal(string connectionString) => Assert.Single(JournalGuard.Examine(_database.Hocon(Both(connectionString))));

    private static string Both(string connectionString) => $"""
        {Journal}.connection-string = "{connectionString}"
        akka.persistence.snapshot-store.sql.connection-string = "{connectionString}"
        """;
}
