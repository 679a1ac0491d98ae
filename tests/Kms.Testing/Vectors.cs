using System.IO.Compression;
using System.Text.Json;

namespace Kms.Testing;

/// <summary>The vector files beside this one, packed and embedded: found from any working directory.</summary>
public static class Vectors
{
    private const string Prefix = "Vectors/";
    private const string Ending = ".json.gz";

    /// <summary>Every file, as <see cref="Load"/> takes it.</summary>
    public static IEnumerable<string> Names =>
        typeof(Vectors).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(name => name[Prefix.Length..^Ending.Length])
            .Order(StringComparer.Ordinal);

    /// <summary>Loads one file.</summary>
    /// <param name="name">Path below Vectors/ without its ending, such as "cometbft/v0.38/decisions".</param>
    /// <exception cref="ArgumentException">No such file; the message lists those there are.</exception>
    public static Vector Load(string name)
    {
        using var packed = typeof(Vectors).Assembly.GetManifestResourceStream(Prefix + name + Ending)
            ?? throw new ArgumentException($"no vectors {name}; there are {string.Join(", ", Names)}", nameof(name));
        using var unpacked = new GZipStream(packed, CompressionMode.Decompress);
        return new Vector(JsonDocument.Parse(unpacked).RootElement);
    }
}
