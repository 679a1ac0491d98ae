using System.Security.Cryptography;
using Kms.Persistence.Journal;
using Microsoft.Data.Sqlite;

namespace Kms.Persistence.Tests.Journal;

/// <summary>A look at a journal sees what a start would see, and leaves every file as it was.</summary>
public sealed class JournalExaminationTests : IDisposable
{
    private const string Row = "INSERT INTO journal (created, deleted, persistence_id, sequence_number, message) VALUES (0, 0, 'chain-a', 1, x'00')";

    private readonly DatabaseFile _database = new();

    public void Dispose() => _database.Dispose();

    [Fact]
    public void A_missing_journal_stays_missing()
    {
        var report = Look();
        Assert.Equal((_database.Path, false), (report.Path, report.Exists));
        Assert.Empty(report.Problems);
        Assert.False(Directory.Exists(Path.GetDirectoryName(_database.Path)));
    }

    [Fact]
    public void A_closed_journal_is_read_without_a_trace()
    {
        Assert.Null(SqliteJournal.Prepare(_database.ConnectionString));
        _database.Execute(Row);
        _database.Execute("INSERT INTO snapshot VALUES ('chain-b', 1, 0, x'00', '', 1)");
        SqliteConnection.ClearAllPools();
        Assert.False(File.Exists(_database.Path + "-wal"));
        LookTwice("chain-a", "chain-b");
    }

    [Fact]
    public void An_open_journal_is_read_with_what_is_not_in_its_main_file_yet()
    {
        Assert.Null(SqliteJournal.Prepare(_database.ConnectionString));
        // Not of a pool: other tests clear the pools, and the last connection that closes writes everything into the main file.
        using var owner = new SqliteConnection(new SqliteConnectionStringBuilder(_database.ConnectionString) { Pooling = false }.ConnectionString);
        owner.Open();
        Insert(owner, "chain-a");
        Assert.True(File.Exists(_database.Path + "-wal"));
        LookTwice("chain-a");

        // Its owner goes on.
        Insert(owner, "chain-c");
        LookTwice("chain-a", "chain-c");
    }

    [Fact]
    public void A_path_that_a_url_would_misread_is_read()
    {
        var path = _database.Beside("a b%20?#ü.db");
        Assert.Null(SqliteJournal.Prepare(SqliteJournal.ConnectionString(path)));
        DatabaseFile.Execute(path, Row);
        SqliteConnection.ClearAllPools();
        Assert.Equal(["chain-a"], Look(path).Recorded);
    }

    [Theory]
    [InlineData("DROP TRIGGER journal_appends_follow")]
    [InlineData("PRAGMA journal_mode = DELETE")]
    [InlineData("DROP TABLE snapshot")]
    public void What_a_start_mends_is_no_problem(string sql)
    {
        Assert.Null(SqliteJournal.Prepare(_database.ConnectionString));
        _database.Execute(sql);
        SqliteConnection.ClearAllPools();
        Assert.Empty(Look().Problems);
    }

    [Fact]
    public void An_empty_file_is_no_problem()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_database.Path)!);
        File.WriteAllBytes(_database.Path, []);
        Assert.Empty(Look().Problems);
        Assert.True(Look().Exists);
        Assert.Equal(0, new FileInfo(_database.Path).Length);
    }

    [Fact]
    public void What_keeps_a_start_away_is_reported()
    {
        Assert.Null(SqliteJournal.Prepare(_database.ConnectionString));
        _database.Execute("DROP TABLE journal; CREATE TABLE journal (ordering INTEGER PRIMARY KEY, persistence_id TEXT, sequence_number INTEGER)");
        _database.Execute("CREATE TRIGGER journal_appends_follow AFTER INSERT ON journal BEGIN SELECT 1; END");
        SqliteConnection.ClearAllPools();
        var problems = Look().Problems;
        Assert.Contains(problems, p => p.Contains("lacks UNIQUE", StringComparison.Ordinal));
        Assert.Contains(problems, p => p.Contains("is not this program's", StringComparison.Ordinal));

        File.WriteAllText(_database.Path, "this is no database");
        Assert.Contains("cannot be read", Assert.Single(Look().Problems), StringComparison.Ordinal);
        Assert.NotEmpty(JournalExamination.Look(Akka.Persistence.Persistence.DefaultConfig()).Problems);
        Assert.Contains("in memory", Assert.Single(Look(":memory:").Problems), StringComparison.Ordinal);
    }

    private static void Insert(SqliteConnection connection, string chain)
    {
        using var command = connection.CreateCommand();
        command.CommandText = Row.Replace("chain-a", chain, StringComparison.Ordinal);
        command.ExecuteNonQuery();
    }

    private void LookTwice(params string[] recorded)
    {
        var before = Folder();
        for (var i = 0; i < 2; i++)
        {
            var report = Look();
            Assert.Empty(report.Problems);
            Assert.Equal(recorded, report.Recorded.Order());
        }

        Assert.Equal(before, Folder());
    }

    // -shm holds the locks of readers, in memory that all share; it is not part of what is kept.
    private List<string> Folder() => [.. Directory.GetFiles(Path.GetDirectoryName(_database.Path)!).Order()
        .Select(file => $"{file} {(file.EndsWith("-shm", StringComparison.Ordinal) ? "" : Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file))))}")];

    private JournalReport Look() => JournalExamination.Look(_database.Hocon());

    private JournalReport Look(string path)
    {
        var quoted = SqliteJournal.ConnectionString(path).Replace("\"", "\\\"", StringComparison.Ordinal);
        return JournalExamination.Look(_database.Hocon($"""
            akka.persistence.journal.sql.connection-string = "{quoted}"
            akka.persistence.snapshot-store.sql.connection-string = "{quoted}"
            """));
    }
}
