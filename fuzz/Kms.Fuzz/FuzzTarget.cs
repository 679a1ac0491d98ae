using Kms.Fuzz.Targets;

namespace Kms.Fuzz;

/// <summary>Gives one input to the product and throws when a property is broken, or when the product throws what it must not.</summary>
/// <returns>Whether the product accepted the input: seeds of both kinds show that a target reaches what it is for.</returns>
public delegate bool FuzzRun(ReadOnlySpan<byte> input);

/// <summary>A property of the product that has to hold for every input.</summary>
/// <param name="Name">As it is named on the command line; also the folder of its seeds.</param>
/// <param name="MaxInput">Longest input that is worth trying, in bytes.</param>
/// <param name="Overhead">Bytes that a run may allocate whatever the input.</param>
/// <param name="PerByte">Bytes that it may allocate for each byte of input besides.</param>
/// <param name="Run">The property.</param>
public sealed record FuzzTarget(string Name, int MaxInput, int Overhead, int PerByte, FuzzRun Run)
{
    /// <summary>Every target there is.</summary>
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("framing", 2048, 64 * 1024, 1024, FramingTarget.Run),
        new("privval", 2048, 32 * 1024, 128, PrivvalTarget.Run),
        new("canonical", 512, 32 * 1024, 128, CanonicalTarget.Run),
        new("secretconnection", 6000, 256 * 1024, 256, SecretConnectionTarget.Run) { Computed = SecretConnectionTarget.Seeds },
        new("noise", 4096, 1024 * 1024, 256, NoiseTarget.Run) { Computed = NoiseTarget.Seeds },
        new("keyfiles", 2048, 512 * 1024, 128, KeyFileTarget.Run),
        new("statefiles", 4096, 256 * 1024, 1024, StateFileTarget.Run),
        new("config", 4096, 1024 * 1024, 8192, ConfigTarget.Run),
        new("keyencoding", 128, 64 * 1024, 512, KeyEncodingTarget.Run),
    ];

    /// <summary>Seeds that are made rather than stored, because they hold what fixed keys have sealed.</summary>
    public Func<IEnumerable<byte[]>> Computed { get; init; } = () => [];

    /// <summary>All seeds: the computed ones and the files of the target's folder.</summary>
    public IReadOnlyList<byte[]> Seeds() => [.. Computed(), .. Engine.Corpus.Read(Path.Combine(AppContext.BaseDirectory, "corpus", Name))];

    /// <summary>Runs the property and, around it, the bound on what is allocated.</summary>
    /// <exception cref="BrokenPropertyException">A property is broken. Every other exception is one, too.</exception>
    public bool Check(ReadOnlySpan<byte> input)
    {
        var accepted = Allocating(input, out var allocated);
        var limit = Overhead + (long)PerByte * input.Length;

        // The first run of a path loads types and fills caches; the second allocates only what the input makes it.
        if (allocated > limit) Allocating(input, out allocated);
        Property.Holds(allocated <= limit, $"{allocated} bytes were allocated for an input of {input.Length}; {limit} are allowed");
        return accepted;
    }

    private bool Allocating(ReadOnlySpan<byte> input, out long allocated)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var accepted = Run(input);
        allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        return accepted;
    }
}
