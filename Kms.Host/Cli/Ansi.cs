namespace Kms.Host.Cli;

/// <summary>Colours for people: on a terminal only, and never with NO_COLOR (no-color.org). stdout and stderr may lead to different places, so
/// each has its own.</summary>
/// <param name="coloured">Whether there are colours.</param>
internal sealed class Ansi(bool coloured)
{
    /// <summary>For what is written to stdout.</summary>
    public static Ansi Output { get; } = new(IsWanted(Console.IsOutputRedirected));

    /// <summary>For what is written to stderr.</summary>
    public static Ansi Error { get; } = new(IsWanted(Console.IsErrorRedirected));

    /// <summary>Bold.</summary>
    public string Bold(string text) => Wrap("\e[1m", text);

    /// <summary>Bold and green, as tmkms prints what was done.</summary>
    public string Green(string text) => Wrap("\e[1;32m", text);

    /// <summary>Bold and red, as tmkms prints "error:".</summary>
    public string Red(string text) => Wrap("\e[1;31m", text);

    /// <summary>Bold and yellow, for warnings.</summary>
    public string Yellow(string text) => Wrap("\e[1;33m", text);

    /// <summary>Bold and cyan, for notes.</summary>
    public string Cyan(string text) => Wrap("\e[1;36m", text);

    private static bool IsWanted(bool redirected) =>
        !redirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) && Environment.GetEnvironmentVariable("TERM") != "dumb";

    private string Wrap(string begin, string text) => coloured ? $"{begin}{text}\e[0m" : text;
}
