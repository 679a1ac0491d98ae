using System.CommandLine;
using System.CommandLine.Invocation;
using System.Reflection;

namespace Kms.Host.Cli;

/// <summary><c>tmkms version</c>.</summary>
public static class VersionCommand
{
    /// <summary>"0.1.0": the version of this assembly.</summary>
    public static string Version { get; } =
        typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>The verb.</summary>
    public static Command Create() => new("version", "display the version") { Action = new Print() };

    /// <summary>Shared with <c>--version</c> and <c>-V</c>.</summary>
    internal sealed class Print : SynchronousCommandLineAction
    {
        public override bool Terminating => true;

        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.WriteLine($"tmkms {Version}");
            return CommandLine.Success;
        }
    }
}
