using Akka.Configuration;
using Akka.Persistence.Sql;
using Kms.Persistence.Journal;

namespace Kms.Host.Composition;

/// <summary>The effective HOCON: the operator's file over the shipped akka.hocon over the defaults of the libraries.</summary>
public static class AkkaSettings
{
    /// <summary>Reads and combines.</summary>
    /// <param name="configPath">tmkms.toml; the journal lies beside it unless the HOCON says otherwise.</param>
    /// <param name="userFile">The operator's HOCON file, or null.</param>
    /// <param name="error">Why it cannot be used; null on success.</param>
    public static Akka.Configuration.Config? Load(string configPath, string? userFile, out string? error)
    {
        error = null;
        var user = Akka.Configuration.Config.Empty;
        if (userFile is not null)
        {
            try
            {
                var text = File.ReadAllText(userFile);
                error = HoconText.Problem(text) is { } problem ? $"{userFile} cannot be used as Akka configuration: {problem}" : null;
                if (error is not null) return null;
                user = ConfigurationFactory.ParseString(text);
            }
#pragma warning disable CA1031 // The HOCON parser throws what it likes; the operator gets a sentence.
            catch (Exception e)
#pragma warning restore CA1031
            {
                error = $"{userFile} cannot be used as Akka configuration: {e.Message}";
                return null;
            }
        }

        var effective = user.WithFallback(BesideConfig(configPath)).WithFallback(Shipped()).WithFallback(SqlPersistence.DefaultConfiguration)
            .WithFallback(Akka.Persistence.Persistence.DefaultConfig()).WithFallback(ConfigurationFactory.Default());
        if (effective.GetString("akka.actor.provider") is "local") return effective;
        error = $"akka.actor.provider is \"{effective.GetString("akka.actor.provider")}\" and must be \"local\": this release runs on one host";
        return null;
    }

    private static Akka.Configuration.Config BesideConfig(string configPath)
    {
        var database = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(configPath))!, "state", "kms.db");
        var quoted = SqliteJournal.ConnectionString(database).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
        return ConfigurationFactory.ParseString($$"""
            akka.persistence.journal.sql.connection-string = "{{quoted}}"
            akka.persistence.snapshot-store.sql.connection-string = "{{quoted}}"
            """);
    }

    private static Akka.Configuration.Config Shipped()
    {
        using var stream = typeof(AkkaSettings).Assembly.GetManifestResourceStream("akka.hocon")!;
        using var reader = new StreamReader(stream);
        return ConfigurationFactory.ParseString(reader.ReadToEnd());
    }
}
