using System.Diagnostics;
using System.Globalization;
using Kms.Persistence.Journal;

namespace Kms.Persistence.Tests.Journal;

/// <summary>Within one process; the lock belongs to the open file, so two in one process stand for two processes. Those are in the end-to-end
/// tests.</summary>
public sealed class JournalLockTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("kms-lock").FullName;

    private string Database => Path.Combine(_home, "state", "kms.db");

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public void The_second_is_told_who_the_first_is_until_the_first_lets_go()
    {
        using (var first = Take(Database))
        {
            Assert.Equal(Database, first.Database);
            Assert.Null(JournalLock.TryTake(SqliteJournal.ConnectionString(Database), out var taken, out var error));
            Assert.True(taken);
            Assert.Equal($"the journal {Database} is in use by process {Environment.ProcessId}: stop it first, or let it go on alone", error);
        }

        using var second = Take(Database);
    }

    [Fact]
    public void Only_the_owner_may_read_the_lock_and_its_folder()
    {
        using var held = Take(Database);
        const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.Equal(OwnerOnly, File.GetUnixFileMode($"{Database}.lock"));
        Assert.Equal(OwnerOnly | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(Database)!));
    }

    [Fact]
    public void Every_name_of_a_journal_is_one_lock()
    {
        Directory.CreateDirectory(Path.Combine(_home, "state"));
        Directory.CreateSymbolicLink(Path.Combine(_home, "folder"), "state"); // Relative to where the link is.
        File.CreateSymbolicLink(Path.Combine(_home, "file.db"), Path.Combine(_home, "folder", "kms.db")); // Through another link, to a file yet to come.
        using var held = Take(Database);
        foreach (var name in new[] { "folder/kms.db", "file.db", "state/../state/./kms.db" })
        {
            Assert.Null(JournalLock.TryTake(SqliteJournal.ConnectionString(Path.Combine(_home, name)), out var taken, out var error));
            Assert.True(taken, error);
        }

        using var another = Take(Path.Combine(_home, "state", "other.db"));
    }

    [Fact]
    public void A_child_process_does_not_inherit_the_lock()
    {
        using var child = new Process { StartInfo = new ProcessStartInfo("sleep", "600") };
        try
        {
            using (Take(Database)) child.Start();
            Assert.False(child.HasExited);
            using var again = Take(Database);
        }
        finally
        {
            child.Kill();
            child.WaitForExit();
        }
    }

    [Fact]
    public void A_lock_file_that_holds_anything_decides_nothing()
    {
        Directory.CreateDirectory(Path.Combine(_home, "state"));
        File.WriteAllText($"{Database}.lock", "1\n" + new string('x', 100)); // Process 1 is always there.
        using (Take(Database)) Assert.False(JournalLock.TryTake(SqliteJournal.ConnectionString(Database), out _, out _) is not null);
        Assert.Equal(Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n", File.ReadAllText($"{Database}.lock"));
    }

    [Theory]
    [InlineData("Data Source=file:/tmp/kms.db", "must be a plain path")]
    [InlineData("Data Source=|DataDirectory|/kms.db", "must be a plain path")]
    [InlineData("Data Source=:memory:", "in memory")]
    [InlineData("Data Source=kms.db;Mode=Memory", "in memory")]
    [InlineData("", "in memory")]
    [InlineData("Data Sauce=kms.db", "cannot be used")]
    public void A_journal_without_a_file_of_its_own_has_no_lock(string connectionString, string expected)
    {
        Assert.Null(JournalLock.TryTake(connectionString, out var taken, out var error));
        Assert.False(taken);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Links_in_a_circle_are_no_journal()
    {
        File.CreateSymbolicLink(Path.Combine(_home, "a.db"), "b.db");
        File.CreateSymbolicLink(Path.Combine(_home, "b.db"), "a.db");
        Assert.Null(JournalLock.TryTake(SqliteJournal.ConnectionString(Path.Combine(_home, "a.db")), out _, out var error));
        Assert.Contains("too many symbolic links", error, StringComparison.Ordinal);
    }

    private static JournalLock Take(string database)
    {
        var held = JournalLock.TryTake(SqliteJournal.ConnectionString(database), out _, out var error);
        Assert.True(held is not null, error);
        return held;
    }
}
