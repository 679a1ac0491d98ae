using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence.Sql;
using Kms.Persistence.Journal;
using Microsoft.Data.Sqlite;

namespace Kms.Persistence.Tests.Journal;

/// <summary>A journal in a folder of its own, with the shipped akka.hocon. Several actor systems may run on it, as several processes
/// would.</summary>
public sealed class DatabaseFile : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("kms-journal");

    /// <summary>The database; the product makes its folder.</summary>
    public string Path => System.IO.Path.Combine(_directory.FullName, "state", "kms.db");

    /// <summary>A place beside it.</summary>
    public string Beside(string name) => System.IO.Path.Combine(_directory.FullName, name);

    /// <summary>As the product writes it.</summary>
    public string ConnectionString => SqliteJournal.ConnectionString(Path);

    /// <summary>The effective configuration: <paramref name="overrides"/> over the shipped file over the libraries' defaults.</summary>
    public Config Hocon(string overrides = "") => ConfigurationFactory.ParseString(overrides)
        .WithFallback(ConfigurationFactory.ParseString($"""
            akka.persistence.journal.sql.connection-string = "{ConnectionString}"
            akka.persistence.snapshot-store.sql.connection-string = "{ConnectionString}"
            """))
        .WithFallback(ConfigurationFactory.FromResource("akka.hocon", typeof(DatabaseFile).Assembly))
        .WithFallback(SqlPersistence.DefaultConfiguration)
        .WithFallback(Akka.Persistence.Persistence.DefaultConfig())
        .WithFallback(ConfigurationFactory.Default());

    /// <summary>Prepares the database as the product does at start-up and starts an actor system on it.</summary>
    public ActorSystem Start(string name, string overrides = "")
    {
        Assert.Null(SqliteJournal.Prepare(ConnectionString));
        return ActorSystem.Create(name, Hocon($"{overrides}\nakka.loglevel = OFF\nakka.stdout-loglevel = OFF"));
    }

    /// <summary>Runs statements.</summary>
    public void Execute(string sql) => Execute(Path, sql);

    /// <summary>Runs statements on any database file.</summary>
    public static void Execute(string path, string sql)
    {
        using var connection = Open(path);
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Statements of tests.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    /// <summary>The first column of a query's rows.</summary>
    public IReadOnlyList<string> Query(string sql)
    {
        using var connection = Open(Path);
        using var command = connection.CreateCommand();
#pragma warning disable CA2100
        command.CommandText = sql;
#pragma warning restore CA2100
        using var reader = command.ExecuteReader();
        var values = new List<string>();
        while (reader.Read()) values.Add(Convert.ToString(reader.GetValue(0), System.Globalization.CultureInfo.InvariantCulture)!);
        return values;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        _directory.Delete(recursive: true);
    }

    private static SqliteConnection Open(string path)
    {
        var connection = new SqliteConnection(SqliteJournal.ConnectionString(path));
        connection.Open();
        return connection;
    }
}
