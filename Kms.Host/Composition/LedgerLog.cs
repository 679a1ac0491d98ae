using Kms.Hardware.Ledger;
using Microsoft.Extensions.Logging;

namespace Kms.Host.Composition;

/// <summary>Logs what a Ledger wants of its operator at the moment when it does. Silent until the program has a log. Safe for use from several
/// threads.</summary>
internal sealed class LedgerLog
{
    private volatile ILogger? _log;

    /// <summary>From now on notices go here.</summary>
    public void WriteTo(ILogger log) => _log = log;

    /// <summary>Logs a notice.</summary>
    public void Notify(LedgerNotice notice)
    {
        var level = notice.Kind == LedgerNoticeKind.Confirmed ? LogLevel.Information : LogLevel.Warning;
        _log?.Log(level, "[ledger] {Sentence}", notice.Sentence);
    }
}
