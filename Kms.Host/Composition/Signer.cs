using Akka.Event;
using Akka.Hosting;
using Akka.Hosting.Logging;
using Kms.Actors.ActiveNode;
using Kms.Actors.Chain;
using Kms.Actors.Validator;
using Kms.Core.DoubleSign;
using Kms.Host.Cli;
using Kms.Host.Config;
using Kms.Host.Observability;
using Kms.Persistence.Journal;
using Kms.Protocol.KeyEncoding;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kms.Host.Composition;

/// <summary>Puts the program together and runs it: keys, journal, actors, in that order, each refused with all its
/// reasons before the next begins.</summary>
public static class Signer
{
    /// <summary>Runs until SIGTERM, SIGINT, or until no connection is left.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="configPath">Where it came from; the journal lies beside it.</param>
    /// <param name="akkaPath">The operator's HOCON file, or null.</param>
    /// <param name="verbose">Whether debug lines are logged.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(KmsConfig config, string configPath, string? akkaPath, bool verbose)
    {
        using var keys = KeyRing.Open(config, out var errors);
        if (keys is null) return Fail(errors);
        if (AkkaSettings.Load(configPath, akkaPath, out var hoconError) is not { } hocon) return CommandLine.Fail(hoconError!);
        if (JournalGuard.Examine(hocon) is { Count: > 0 } problems) return Fail(problems);

        var exitCode = CommandLine.Success;
        IHostApplicationLifetime? lifetime = null;
        var options = new ActiveNodeOptions(Chains(config, keys), Validators(config, keys), () =>
        {
            exitCode = CommandLine.Failure;
            lifetime!.StopApplication();
        });
        using var host = Build(hocon, options, verbose);
        lifetime = host.Services.GetRequiredService<IHostApplicationLifetime>();
        LogStart(host.Services.GetRequiredService<ILoggerFactory>(), config, keys);
        await host.RunAsync().ConfigureAwait(false);
        return exitCode;
    }

    private static IHost Build(Akka.Configuration.Config hocon, ActiveNodeOptions options, bool verbose)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.AddTmkmsConsole(verbose ? Microsoft.Extensions.Logging.LogLevel.Debug : Microsoft.Extensions.Logging.LogLevel.Information);
        builder.Services.Configure<ConsoleLifetimeOptions>(o => o.SuppressStatusMessages = true);
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(15));
        builder.Services.AddAkka("kms", (akka, services) => akka
            .AddHocon(hocon, HoconAddMode.Replace)
            .AddSetup(JournalConnections.For(hocon))
            .AddSetup(new LoggerFactorySetup(services.GetRequiredService<ILoggerFactory>()))
            .ConfigureLoggers(loggers =>
            {
                loggers.LogLevel = verbose ? Akka.Event.LogLevel.DebugLevel : Akka.Event.LogLevel.InfoLevel;
                loggers.ClearLoggers();
                loggers.AddLogger<AkkaLogBridge>();
            })
            .WithActiveNode(options));
        return builder.Build();
    }

    private static List<ChainOptions> Chains(KmsConfig config, KeyRing keys) =>
        [.. config.Chains.Select(c => new ChainOptions(
            c.Id, keys.Signers[c.Id], c.SignExtensions != SignExtensions.Never, new ChainRules { BlockRule = c.BlockRule }))];

    private static List<(ValidatorOptions, ValidatorDialer)> Validators(KmsConfig config, KeyRing keys) =>
        [.. config.Validators.Select(v => (v.Options, new ValidatorDialer(v.SecretKeyPath is null ? null : keys.Identities[v.SecretKeyPath])))];

    private static void LogStart(ILoggerFactory loggers, KmsConfig config, KeyRing keys)
    {
        var log = loggers.CreateLogger("start");
        log.LogInformation("tmkms {Version} starting up...", VersionCommand.Version);
        foreach (var warning in config.Warnings) log.LogWarning("{Warning}", warning);

        var keyring = loggers.CreateLogger("keyring");
        foreach (var (signer, chain) in config.Chains.Select(c => (keys.Signers[c.Id], c)))
            keyring.LogInformation("[keyring:{Provider}] added consensus {Algorithm} key: {Key}",
                signer.Provider, signer.PublicKey.Algorithm, KeyFormatter.Format(signer.PublicKey, chain.KeyFormat));
        foreach (var identity in keys.Identities.Values) loggers.CreateLogger("connection").LogInformation("KMS node ID: {NodeId}", identity.NodeId);
    }

    private static int Fail(IEnumerable<string> errors)
    {
        foreach (var error in errors) CommandLine.Fail(error);
        return CommandLine.Failure;
    }
}
