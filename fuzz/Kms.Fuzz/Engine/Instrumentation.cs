using SharpFuzz;

namespace Kms.Fuzz.Engine;

/// <summary>Rewrites the product's assemblies beside this program so that they report which branches they take.</summary>
internal static class Instrumentation
{
    // Assembly, and the beginning of the names of the classes that read what others wrote.
    private static readonly (string Assembly, string Classes)[] Parts =
    [
        ("Kms.Core.dll", "Kms.Core.Consensus."),
        ("Kms.Protocol.dll", "Kms.Protocol."),
        ("Kms.Hardware.dll", "Kms.Hardware.SoftSign."),
        ("Kms.Persistence.dll", "Kms.Persistence.StateFiles."),
        ("Kms.Actors.dll", "Kms.Actors.Validator.ValidatorAddress"),
        ("tmkms.dll", "Kms.Host.Config."),
        ("Tomlyn.dll", "Tomlyn."),
    ];

    /// <summary>Rewrites in place, once: the folder is a build output, which the next build of it replaces.</summary>
    public static void Apply(TextWriter output)
    {
        foreach (var (assembly, classes) in Parts)
        {
            var types = Fuzzer.Instrument(
                Path.Combine(AppContext.BaseDirectory, assembly), name => name.StartsWith(classes, StringComparison.Ordinal), Options.Value);
            output.WriteLine($"{assembly}: {types.Count()} classes");
        }
    }
}
