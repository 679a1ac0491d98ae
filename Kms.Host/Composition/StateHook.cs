using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using Kms.Host.Config;

namespace Kms.Host.Composition;

/// <summary>Runs a chain's state hook: a program of the operator that tells how high the chain is, so that an old state is not signed from.
/// It is run without a shell, with an empty stdin, and not longer than its timeout, whatever it and its children do.</summary>
public static class StateHook
{
    /// <summary>Most bytes of stdout that are read; the answer has some 40.</summary>
    public const int MaxOutput = 64 * 1024;

    /// <summary>Most bytes of stderr that are shown when the hook fails.</summary>
    public const int MaxError = 1024;

    /// <summary>Runs the hook. Hooks of several chains may run at once.</summary>
    /// <param name="hook">Program, arguments, timeout.</param>
    /// <param name="cancel">Ends the hook before its time.</param>
    public static async Task<StateHookResult> RunAsync(StateHookConfig hook, CancellationToken cancel)
    {
        using var process = Start(hook, out var error);
        if (process is null) return Failed(hook, error!);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(hook.Timeout);
        var said = new BoundedOutput(process.StandardError.BaseStream, MaxError);
        var printed = new BoundedOutput(process.StandardOutput.BaseStream, MaxOutput);
        try
        {
            process.StandardInput.Close();
            await Task.WhenAny(printed.Overflow, AllAsync(process, printed)).WaitAsync(deadline.Token).ConfigureAwait(false);
            return await JudgeAsync(hook, process, printed, said, deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return Failed(hook, Late(hook, process, cancel.IsCancellationRequested));
        }
        finally
        {
            Kill(process);
        }
    }

    private static Task AllAsync(Process process, BoundedOutput printed) => Task.WhenAll(printed.End, process.WaitForExitAsync());

    private static async Task<StateHookResult> JudgeAsync(
        StateHookConfig hook, Process process, BoundedOutput printed, BoundedOutput said, CancellationToken deadline)
    {
        if (printed.Overflow.IsCompleted) return Failed(hook, $"printed more than {MaxOutput} bytes");
        if (process.ExitCode != 0)
        {
            await said.End.WaitAsync(deadline).ConfigureAwait(false);
            return Failed(hook, $"ended with exit code {process.ExitCode}{Quote(said.Bytes)}");
        }

        var result = StateHookResult.Parse(printed.Bytes);
        return result.Error is null ? result : Failed(hook, result.Error);
    }

    private static string Late(StateHookConfig hook, Process process, bool cancelled) => cancelled
        ? "was stopped before it answered"
        : process.HasExited
            ? $"ended, but a process it left behind kept its output open for {hook.Timeout.TotalSeconds} s"
            : $"did not end within {hook.Timeout.TotalSeconds} s and was killed";

    private static Process? Start(StateHookConfig hook, out string? error)
    {
        error = null;
        if (ProgramPath.Find(hook.Command[0]) is not { } program)
        {
            error = "was not found: write the path of a program, or the name of one in PATH";
            return null;
        }

        try
        {
            return Process.Start(new ProcessStartInfo(program, hook.Command.Skip(1))
            {
                RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
            });
        }
        catch (Win32Exception e)
        {
            error = $"cannot be run: {e.Message}";
            return null;
        }
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It, or one of its children, ended by itself.
        }
    }

    private static string Quote(ReadOnlyMemory<byte> said)
    {
        var text = new string([.. Encoding.UTF8.GetString(said.Span).Trim().Select(c => char.IsControl(c) ? ' ' : c)]);
        return text.Length == 0 ? "" : $": {text}";
    }

    private static StateHookResult Failed(StateHookConfig hook, string error) => StateHookResult.Failed($"the state hook {hook.Command[0]} {error}");
}
