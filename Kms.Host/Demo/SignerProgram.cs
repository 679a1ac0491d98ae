namespace Kms.Host.Demo;

/// <summary>How this program is run as another process.</summary>
/// <param name="File">The executable.</param>
/// <param name="Prefix">What stands before the verb.</param>
internal sealed record SignerProgram(string File, params string[] Prefix)
{
    /// <summary>The program that is running now: the executable itself, or <c>dotnet tmkms.dll</c>.</summary>
    public static SignerProgram Self()
    {
        var executable = Environment.ProcessPath ?? throw new InvalidOperationException("this process has no executable");
        return Path.GetFileNameWithoutExtension(executable) == "dotnet"
            ? new SignerProgram(executable, Path.Combine(AppContext.BaseDirectory, "tmkms.dll"))
            : new SignerProgram(executable);
    }
}
