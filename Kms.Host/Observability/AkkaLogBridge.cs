using Akka.Actor;
using Akka.Dispatch;
using Akka.Event;
using Akka.Hosting.Logging;
using Microsoft.Extensions.Logging;
using MsLevel = Microsoft.Extensions.Logging.LogLevel;

namespace Kms.Host.Observability;

/// <summary>Carries the log of the actors into .NET's logging, one category per class and the bare sentence as message: the bridge of
/// Akka.Hosting writes its own header into every line, which tools that read tmkms's log would trip over.</summary>
public sealed class AkkaLogBridge : ReceiveActor, IRequiresMessageQueue<ILoggerMessageQueueSemantics>
{
    private readonly Dictionary<Type, ILogger> _loggers = [];

    /// <summary>Created by Akka; the system needs a <see cref="LoggerFactorySetup"/>.</summary>
    public AkkaLogBridge()
    {
        Receive<InitializeLogger>(_ => Sender.Tell(new LoggerInitialized()));
        Receive<LogEvent>(Log);
    }

    private void Log(LogEvent line)
    {
        if (!_loggers.TryGetValue(line.LogClass, out var logger))
        {
            var factory = Context.System.Settings.Setup.Get<LoggerFactorySetup>().Value.LoggerFactory;
            _loggers.Add(line.LogClass, logger = factory.CreateLogger(line.LogClass.Name));
        }

        logger.Log(Level(line.LogLevel()), line.Cause, "{Message}", line.Message);
    }

    private static MsLevel Level(Akka.Event.LogLevel level) => level switch
    {
        Akka.Event.LogLevel.DebugLevel => MsLevel.Debug,
        Akka.Event.LogLevel.InfoLevel => MsLevel.Information,
        Akka.Event.LogLevel.WarningLevel => MsLevel.Warning,
        _ => MsLevel.Error,
    };
}
