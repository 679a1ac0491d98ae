namespace Kms.Host.Cli;

/// <summary>Colours for people: on a terminal only, and never with NO_COLOR (no-color.org). stdout and stderr may lead to different places, so
/// each has its own.</summary>
internal sealed class Ansi
{
    private readonly bool _coloured;

    private Ansi(bool redirected) => _coloured =
        !redirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) && Environment.GetEnvironmentVariable("TERM") != "dumb";

    /// <summary>For what is written to stdout.</summary>
    public static Ansi Output { get; } = new(Console.IsOutputRedirected);

    /// <summary>For what is written to stderr.</summary>
    public static Ansi Error { get; } = new(Console.IsErrorRedirected);

    /// <summary>Bold.</summary>
    public string Bold(string text) => Wrap("\e[1m", text);

    /// <summary>Bold and green, as tmkms prints what was done.</summary>
    public string Green(string text) => Wrap("\e[1;32m", text);

    /// <summary>Bold and red, as tmkms prints "error:".</summary>
    public string Red(string text) => Wrap("\e[1;31m", text);

    private string Wrap(string begin, string text) => _coloured ? $"{begin}{text}\e[0m" : text;
}
