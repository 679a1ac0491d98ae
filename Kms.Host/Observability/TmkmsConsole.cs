using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Kms.Host.Observability;

/// <summary>Log lines on stdout in the layout of tmkms, which people's tools read:
/// <c>2026-01-31T14:36:17.441695Z  INFO tmkms::session: [chain@addr] signed …</c></summary>
public sealed class TmkmsConsole() : ConsoleFormatter(FormatterName)
{
    private const string FormatterName = "tmkms";

    // Categories are class names. These are the names that tmkms gives the same parts.
    private static readonly Dictionary<string, string> Targets = new(StringComparer.Ordinal)
    {
        ["ValidatorConnectionActor"] = "session",
        ["ChainStateActor"] = "chain",
        ["ActiveNodeActor"] = "client",
        ["start"] = "commands::start",
        ["connection"] = "connection::tcp",
        ["noise"] = "connection::noise",
    };

    /// <inheritdoc/>
    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var name = logEntry.Category[(logEntry.Category.LastIndexOf('.') + 1)..];
        textWriter.Write(DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));
        textWriter.Write(Level(logEntry.LogLevel));
        textWriter.Write(" tmkms::");
        textWriter.Write(Targets.GetValueOrDefault(name, name));
        textWriter.Write(": ");
        textWriter.Write(logEntry.Formatter(logEntry.State, logEntry.Exception));
        if (logEntry.Exception is { } exception) textWriter.Write($" ({exception.GetType().Name}: {exception.Message})");
        textWriter.Write('\n');
    }

    private static string Level(LogLevel level) => level switch
    {
        LogLevel.Trace => " TRACE",
        LogLevel.Debug => " DEBUG",
        LogLevel.Information => "  INFO",
        LogLevel.Warning => "  WARN",
        _ => " ERROR",
    };

    internal sealed class Options : ConsoleFormatterOptions;
}

/// <summary>Registers the console of tmkms.</summary>
public static class TmkmsConsoleExtensions
{
    /// <summary>Logs to stdout as tmkms does.</summary>
    /// <param name="logging">The builder.</param>
    /// <param name="minimum">Less important lines are left out.</param>
    public static ILoggingBuilder AddTmkmsConsole(this ILoggingBuilder logging, LogLevel minimum)
    {
        logging.AddConsole(o => o.FormatterName = "tmkms").AddConsoleFormatter<TmkmsConsole, TmkmsConsole.Options>();
        logging.SetMinimumLevel(minimum);
        logging.AddFilter("Microsoft", LogLevel.Warning);
        return logging;
    }
}
