using Akka.Event;
using Akka.Hosting;
using Akka.Hosting.Logging;
using Kms.Actors.ActiveNode;
using Kms.Actors.Chain;
using Kms.Actors.Validator;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Core.Signing;
using Kms.Hardware.Ledger;
using Kms.Host.Cli;
using Kms.Host.Config;
using Kms.Host.Control;
using Kms.Host.Observability;
using Kms.Host.State;
using Kms.Persistence.Journal;
using Kms.Protocol.KeyEncoding;
using Kms.Protocol.SignBytes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kms.Host.Composition;

/// <summary>Puts the program together and runs it: keys, the journal and its lock, actors, in that order, each refused with
/// all its reasons before the next begins.</summary>
public static class Signer
{
    /// <summary>Runs until SIGTERM, SIGINT, or until no connection is left.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="configPath">Where it came from; the journal lies beside it.</param>
    /// <param name="akkaPath">The operator's HOCON file, or null.</param>
    /// <param name="verbose">Whether debug lines are logged.</param>
    /// <param name="fresh">Chains that may adopt the first height as their floor, besides those of which the configuration says so.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(KmsConfig config, string configPath, string? akkaPath, bool verbose, IReadOnlySet<ChainId> fresh)
    {
        using var hangups = new Hangups();
        if (config.MissingProviders.Count > 0) return Fail(config.MissingProviders.Select(missing => missing.ToString()));
        using var keys = KeyRing.Open(config, out var errors);
        if (keys is null) return Fail(errors);
        using var devices = await SigningDevices.OpenAsync(config).ConfigureAwait(false);
        if (devices.Errors.Count > 0) return Fail(devices.Errors.Select(error => error.Sentence));
        keys.Add(devices.Signers);
        if (AkkaSettings.Load(configPath, akkaPath, out var hoconError) is not { } hocon) return CommandLine.Fail(hoconError!);
        using var journal = JournalGuard.Take(hocon, out _, out var problems);
        if (journal is null) return Fail(problems);
        var (starts, obstacles) = await ChainStart.PrepareAsync(config.Chains, CancellationToken.None).ConfigureAwait(false);
        if (starts is null) return Fail(obstacles);
        var (entrance, entranceError) = await GuestEntrance.OpenAsync(devices.Guests).ConfigureAwait(false);
        if (entrance is null) return CommandLine.Fail(entranceError!);
        await using var open = entrance.ConfigureAwait(false);

        var exitCode = CommandLine.Success;
        IHostApplicationLifetime? lifetime = null;
        var options = new ActiveNodeOptions(Chains(config.Chains, starts, keys, fresh), Validators(config.Validators, keys), () =>
        {
            exitCode = CommandLine.Failure;
            lifetime!.StopApplication();
        }) { Devices = devices.All };
        using var host = Build(hocon, options, verbose, services => services
            .AddSingleton(all => new NodeClient(all.GetRequiredService<IRequiredActor<ActiveNodeActor>>()))
            .AddSingleton(all => new RunningSigner(configPath, config, keys, all.GetRequiredService<NodeClient>(), Logger(all, "reload")))
            .AddHostedService(all => new ReloadOnHangup(hangups, all.GetRequiredService<RunningSigner>()))
            .AddHostedService(all => Control(all, ControlWire.PathFor(journal.Database))));
        lifetime = host.Services.GetRequiredService<IHostApplicationLifetime>();
        LogStart(host.Services.GetRequiredService<ILoggerFactory>(), config, [.. devices.Warnings.Select(w => w.Sentence), .. starts.SelectMany(start => start.Remarks)], keys);
        devices.LedgerLog.WriteTo(Logger(host.Services, "ledger"));
        entrance.Serve(Logger(host.Services, "connector"));
        await host.RunAsync().ConfigureAwait(false);
        return exitCode;
    }

    /// <summary>What the actors need to know of some chains.</summary>
    internal static List<ChainOptions> Chains(
        IEnumerable<ChainConfig> chains, IEnumerable<ChainStart> starts, KeyRing keys, IReadOnlySet<ChainId> fresh) =>
        [.. chains.Zip(starts, (chain, start) => new ChainOptions(
            chain.Id, keys.Signers[chain.Id], chain.SignExtensions != SignExtensions.Never, RulesOf(chain, fresh.Contains(chain.Id)))
        {
            RawBytes = chain.SignRawBytes?.Policy ?? RawBytesPolicy.Off,
            Claims = start.Claims,
            Mirror = start.Mirror,
        })];

    /// <summary>What the actors need to know of some connections.</summary>
    internal static List<(ValidatorOptions, ValidatorDialer)> Validators(IEnumerable<ValidatorConfig> validators, KeyRing keys) =>
        [.. validators.Select(v => (v.Options, new ValidatorDialer(v.SecretKeyPath is null ? null : keys.Identities[v.SecretKeyPath])))];

    private static ChainRules RulesOf(ChainConfig chain, bool fresh) => new()
    {
        BlockRule = chain.BlockRule,
        MaxHeightJump = chain.MaxHeightJump,
        AdoptFirstHeight = chain.AdoptFreshState || fresh,
    };

    private static IHost Build(Akka.Configuration.Config hocon, ActiveNodeOptions options, bool verbose, Action<IServiceCollection> more)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.AddTmkmsConsole(verbose ? Microsoft.Extensions.Logging.LogLevel.Debug : Microsoft.Extensions.Logging.LogLevel.Information);
        builder.Services.Configure<ConsoleLifetimeOptions>(o => o.SuppressStatusMessages = true);
        builder.Services.Configure<HostOptions>(o =>
        {
            o.ShutdownTimeout = TimeSpan.FromSeconds(15);
            o.BackgroundServiceExceptionBehavior = BackgroundServiceExceptionBehavior.Ignore; // What serves the operator never stops the signing.
        });
        more(builder.Services); // Before the actors: who is dialled by this signer can rely on its control socket.
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

    private static ControlServer Control(IServiceProvider all, string path)
    {
        var log = Logger(all, "control");
        var verbs = new SignerVerbs(all.GetRequiredService<RunningSigner>(), all.GetRequiredService<NodeClient>(), log);
        return new ControlServer(path, verbs.All, log, all.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);
    }

    private static ILogger Logger(IServiceProvider all, string name) => all.GetRequiredService<ILoggerFactory>().CreateLogger(name);

    private static void LogStart(ILoggerFactory loggers, KmsConfig config, IEnumerable<string> remarks, KeyRing keys)
    {
        var log = loggers.CreateLogger("start");
        log.LogInformation("tmkms {Version} starting up...", VersionCommand.Version);
        foreach (var warning in config.Warnings.Select(w => w.ToString()).Concat(remarks)) log.LogWarning("{Warning}", warning);

        var keyring = loggers.CreateLogger("keyring");
        foreach (var chain in config.Chains)
        {
            var (signer, isAccount) = (keys.Signers[chain.Id], IsAccount(config, chain.Id));
            if (config.Ledger is { } ledger && ledger.Chains.Contains(chain.Id))
            {
                // The line that guides for a Ledger show.
                var validatorKey = KeyFormatter.Format(signer.PublicKey, chain.KeyFormat);
                keyring.LogInformation("[keyring:{Provider}:{Name}] added validator key {Key}", signer.Provider, LedgerDevice.Key, validatorKey);
                continue;
            }

            var key = isAccount ? KeyFormatter.FormatAccount(signer.PublicKey, chain.KeyFormat) : KeyFormatter.Format(signer.PublicKey, chain.KeyFormat);
            keyring.LogInformation("[keyring:{Provider}] added {Purpose} {Algorithm} key: {Key}",
                signer.Provider, isAccount ? "account" : "consensus", signer.PublicKey.Algorithm == KeyAlgorithm.Ed25519 ? "Ed25519" : "ECDSA", key);
        }

        var (tcp, noise) = (loggers.CreateLogger("connection"), loggers.CreateLogger("noise"));
        foreach (var (path, identity) in keys.Identities)
        {
            tcp.LogInformation("KMS node ID: {NodeId}", identity.NodeId);
            if (config.Validators.Any(v => v.SecretKeyPath == path && v.Options.Address is ValidatorAddress.Noise))
                noise.LogInformation("KMS peer ID: {PeerId}", identity.PeerId);
        }
    }

    // An account key signs only where there is no consensus key.
    private static bool IsAccount(KmsConfig config, ChainId chain) =>
        config.SoftSignKeys.Any(k => k.Purpose == KeyPurpose.Account && k.Chains.Contains(chain))
        || YubiHsmKeys.Of(config, chain).Any(use => use.Key.Purpose == KeyPurpose.Account);

    private static int Fail(IEnumerable<string> errors)
    {
        foreach (var error in errors) CommandLine.Fail(error);
        return CommandLine.Failure;
    }
}
