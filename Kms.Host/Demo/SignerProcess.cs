using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Kms.Harness;

namespace Kms.Host.Demo;

/// <summary><c>tmkms start</c> as a child process, with all that it prints in one file. Disposing kills it, by its own process id.</summary>
/// <param name="program">What to run.</param>
/// <param name="arguments">The verb and its options.</param>
/// <param name="log">Where its output goes; appended to, over all its lives.</param>
internal sealed class SignerProcess(SignerProgram program, IReadOnlyList<string> arguments, string log) : ISignerProcess, IAsyncDisposable
{
    /// <summary>What a service manager sends to stop a service.</summary>
    public const int SigTerm = 15;

    /// <summary>What Ctrl-C sends.</summary>
    public const int SigInt = 2;

    /// <summary>What an operator sends to let a service read its configuration again.</summary>
    public const int SigHup = 1;

    // The kernel ends a killed process at once; this bound is for a machine that has stopped working.
    private static readonly TimeSpan DeathPatience = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private Process? _process;
    private Task _output = Task.CompletedTask;

    /// <summary>Where the output goes.</summary>
    public string Log => log;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        if (_process is { HasExited: false }) throw new InvalidOperationException("the signer is running already");
        _process?.Dispose();
        var start = new ProcessStartInfo(program.File, [.. program.Prefix, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // A runtime that is killed leaves its diagnostic socket behind.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        _process = Process.Start(start)!;
        _process.StandardInput.Close();
        _output = Task.WhenAll(KeepAsync(_process.StandardOutput.BaseStream), KeepAsync(_process.StandardError.BaseStream));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Kill()
    {
        if (_process is null) return;
        _process.Kill();
        if (!_process.WaitForExit(DeathPatience)) throw new InvalidOperationException($"process {_process.Id} survived SIGKILL");
    }

    /// <summary>Sends a signal.</summary>
    /// <param name="signal"><see cref="SigTerm"/>, <see cref="SigInt"/> or <see cref="SigHup"/>.</param>
    public void Send(int signal)
    {
        if (_process is not { HasExited: false } running) return;
        if (SendSignal(running.Id, signal) != 0 && !running.HasExited)
            throw new InvalidOperationException($"cannot send signal {signal}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>Waits for the end; null when it did not come in time.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int?> ExitAsync(TimeSpan patience, CancellationToken ct)
    {
        if (_process is null) return null;
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(patience);
        try
        {
            await _process.WaitForExitAsync(deadline.Token).ConfigureAwait(false);
            await _output.WaitAsync(deadline.Token).ConfigureAwait(false);
            return _process.ExitCode;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>Everything it has printed so far.</summary>
    public string Text()
    {
        lock (_lock) return File.Exists(log) ? File.ReadAllText(log) : "";
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_process is null) return;
        Kill();
        // Both pipes end with the process.
        await _output.ConfigureAwait(false);
        _process.Dispose();
        _process = null;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        _process is null ? "no process" : string.Create(CultureInfo.InvariantCulture, $"process {_process.Id}");

    private async Task KeepAsync(Stream stream)
    {
        var buffer = new byte[16 * 1024];
        while (await stream.ReadAsync(buffer).ConfigureAwait(false) is var read and > 0) Append(buffer.AsSpan(0, read));
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            using var file = new FileStream(log, FileMode.Append, FileAccess.Write, FileShare.Read);
            file.Write(bytes);
        }
    }

    // The base class library can kill a process, but not ask it to stop.
    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int process, int signal);
}
