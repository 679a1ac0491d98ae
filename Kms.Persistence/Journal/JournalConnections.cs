using System.Data.Common;
using Akka.Actor.Setup;
using Akka.Persistence.Sql.Config;
using LinqToDB;

namespace Kms.Persistence.Journal;

/// <summary>How the plugins open the journal's database. Where another connection holds the lock, SQLite itself waits, a millisecond or
/// two at a time; left alone, Microsoft.Data.Sqlite sleeps 150 ms before it looks again, which a vote feels.</summary>
public static class JournalConnections
{
    private const string Wait = "PRAGMA busy_timeout = 2000";

    /// <summary>A setup for the actor system; it goes with the HOCON that <see cref="JournalGuard"/> examined.</summary>
    /// <param name="hocon">The effective configuration.</param>
    public static Setup For(Akka.Configuration.Config hocon) => new DataOptionsSetup(new DataOptions()
        .UseConnectionString(hocon.GetString(JournalGuard.ProviderKey), hocon.GetString(JournalGuard.ConnectionStringKey))
        .UseAfterConnectionOpened(SetWait, SetWaitAsync));

    private static void SetWait(DbConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = Wait;
        command.ExecuteNonQuery();
    }

    private static async Task SetWaitAsync(DbConnection connection, CancellationToken cancel)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = Wait;
        await command.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
    }
}
