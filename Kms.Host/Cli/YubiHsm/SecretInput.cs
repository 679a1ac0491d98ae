using System.Runtime.InteropServices;
using System.Text;
using Kms.Hardware.SoftSign;

namespace Kms.Host.Cli.YubiHsm;

/// <summary>Reads a line that nobody else may see: from a terminal without echo; otherwise from stdin, and not a byte more than the line.</summary>
internal static class SecretInput
{
    private const int MaxBytes = 1024;

    /// <summary>Asks for it.</summary>
    /// <param name="prompt">Goes to stderr.</param>
    /// <param name="cancel">Ends the wait; the read itself cannot be stopped.</param>
    /// <returns>UTF-8 without the line end, to be disposed of by the caller; null when there is none, or more than 1024 bytes.</returns>
    public static async Task<SecretBytes?> ReadAsync(string prompt, CancellationToken cancel)
    {
        await Console.Error.WriteAsync(prompt);
        var reading = Task.Run(() => Console.IsInputRedirected ? FromStream() : FromTerminal(), CancellationToken.None);
        await Task.WhenAny(reading, Task.Delay(Timeout.Infinite, cancel));
        await Console.Error.WriteLineAsync(); // What was typed had no echo, its line end neither.
        return reading.IsCompletedSuccessfully ? await reading : null;
    }

    private static SecretBytes? FromStream()
    {
        using var line = new SecretBytes(MaxBytes);
        using var input = Console.OpenStandardInput();
        var length = 0;
        int next;
        while ((next = input.ReadByte()) >= 0 && next != '\n')
        {
            if (length == MaxBytes) return null;
            line.Span[length++] = (byte)next;
        }

        if (length > 0 && line.Span[length - 1] == '\r') length--;
        return length > 0 ? Copy(line.Span[..length]) : null;
    }

    private static SecretBytes? FromTerminal()
    {
        using var memory = new SecretBytes(MaxBytes * sizeof(char));
        var line = MemoryMarshal.Cast<byte, char>(memory.Span);
        var length = 0;
        ConsoleKeyInfo key;
        while ((key = Console.ReadKey(intercept: true)).Key != ConsoleKey.Enter)
        {
            if (key.Key == ConsoleKey.Backspace) length = Math.Max(0, length - 1);
            else if (key.KeyChar >= ' ' && length == MaxBytes) return null;
            else if (key.KeyChar >= ' ') line[length++] = key.KeyChar;
        }

        var typed = new SecretBytes(Encoding.UTF8.GetByteCount(line[..length]));
        Encoding.UTF8.GetBytes(line[..length], typed.Span);
        return length > 0 ? typed : null;
    }

    private static SecretBytes Copy(ReadOnlySpan<byte> bytes)
    {
        var copy = new SecretBytes(bytes.Length);
        bytes.CopyTo(copy.Span);
        return copy;
    }
}
