using Kms.Hardware.SoftSign;

namespace Kms.Host.Cli.YubiHsm;

/// <summary>Where the sheet of secrets goes: a new file with mode 0600, or the terminal. Never into a pipe or a file of somebody else's mode.</summary>
internal static class SecretSheetOutput
{
    /// <summary>Why it could not go there; null when nothing is known.</summary>
    /// <param name="path">The file; null for the terminal.</param>
    public static string? Problem(string? path)
    {
        if (path is not null) return NewFile.Problem(path);
        return Console.IsOutputRedirected ? "stdout is not a terminal, and secrets are shown on one only: name a file with --sheet, which is made with mode 0600" : null;
    }

    /// <summary>Writes it; a sentence when that failed.</summary>
    public static string? Write(SecretBytes sheet, string? path)
    {
        if (path is not null) return KeyFiles.CreateText(path, sheet.Span, out var error) ? null : error;
        using var terminal = Console.OpenStandardOutput();
        terminal.Write(sheet.Span);
        terminal.Write("\n"u8);
        return null;
    }
}
