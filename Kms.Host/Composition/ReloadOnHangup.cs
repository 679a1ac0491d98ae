using System.Runtime.InteropServices;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;

namespace Kms.Host.Composition;

/// <summary>SIGHUP, caught from the moment this is made, so that none ends a program that is still starting. Several that come during one
/// reload are one more.</summary>
internal sealed class Hangups : IDisposable
{
    private readonly Channel<bool> _signals = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly PosixSignalRegistration _registration;

    /// <summary>Catches.</summary>
    public Hangups() => _registration = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
    {
        context.Cancel = true;
        _signals.Writer.TryWrite(true);
    });

    /// <summary>Waits for the next one.</summary>
    public async Task NextAsync(CancellationToken cancel) => await _signals.Reader.ReadAsync(cancel).ConfigureAwait(false);

    /// <inheritdoc/>
    public void Dispose() => _registration.Dispose();
}

/// <summary>Reloads the configuration at each SIGHUP.</summary>
internal sealed class ReloadOnHangup(Hangups hangups, RunningSigner signer) : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await hangups.NextAsync(stoppingToken).ConfigureAwait(false);
            await signer.ReloadAsync(stoppingToken).ConfigureAwait(false);
        }
    }
}
