using Kms.Host.Composition;
using Kms.Host.Control;
using Kms.Persistence.Journal;

namespace Kms.Host.Cli;

/// <summary>Asks the signer that runs on a configuration's journal.</summary>
internal static class SignerQuestion
{
    /// <summary>Asks one verb. The configuration only tells where the journal is: what is in it, the signer has read itself.</summary>
    /// <param name="configPath">tmkms.toml.</param>
    /// <param name="akkaPath">The operator's HOCON file, or null.</param>
    /// <param name="verb">One of <see cref="SignerVerbs"/>.</param>
    /// <returns>The reply; null when there was none and an error was printed.</returns>
    public static async Task<ControlReply?> AskAsync(string configPath, string? akkaPath, string verb)
    {
        var database = AkkaSettings.Load(configPath, akkaPath, out var error) is { } hocon ? JournalGuard.Database(hocon, out error) : null;
        if (database is null)
        {
            CommandLine.Fail(error!);
            return null;
        }

        var path = ControlWire.PathFor(database);
        switch (await ControlClient.TryAskAsync(path, verb, null).ConfigureAwait(false))
        {
            case ControlAnswer.Replied replied:
                return replied.Reply;
            case ControlAnswer.Failed failed:
                CommandLine.Fail(failed.Error);
                return null;
            default:
                CommandLine.Fail($"no signer of the journal {database} is running (nothing listens at {path})");
                return null;
        }
    }
}
