using System.Diagnostics;

namespace Kms.Hardware.Tests.YubiHsm.Connector;

/// <summary>A test with Yubico's own client; skipped where it is not installed, with its name.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class YubiHsmShellFactAttribute : FactAttribute
{
    public YubiHsmShellFactAttribute() => Skip = YubiHsmShell.Path is null ? "yubihsm-shell is not installed (Debian 13 and newer: yubihsm-shell)" : null;
}

/// <summary>yubihsm-shell, one action at a time.</summary>
internal static class YubiHsmShell
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static string? Path { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Select(directory => System.IO.Path.Combine(directory, "yubihsm-shell")).FirstOrDefault(File.Exists);

    /// <summary>Runs it; what it printed, in both streams.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(string connector, params string[] arguments)
    {
        using var process = new Process { StartInfo = new ProcessStartInfo(Path!, ["--connector", connector, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true } };
        process.Start();
        using var limit = new CancellationTokenSource(Patience);
        try
        {
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output + await errors);
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }
}
