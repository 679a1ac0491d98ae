using System.Security.Cryptography;

namespace Kms.Fuzz.Engine;

/// <summary>A folder of inputs, one a file, as afl-fuzz has it.</summary>
internal static class Corpus
{
    /// <summary>All inputs, in the order of their names so that a seed draws the same ones again; none if there is no such folder.</summary>
    public static IEnumerable<byte[]> Read(string folder) =>
        Directory.Exists(folder) ? Directory.GetFiles(folder).Order(StringComparer.Ordinal).Select(File.ReadAllBytes) : [];

    /// <summary>Stores an input under a name made of its content.</summary>
    /// <returns>The path.</returns>
    public static string Write(string folder, string prefix, ReadOnlySpan<byte> input)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, prefix + Convert.ToHexStringLower(SHA256.HashData(input))[..16]);
        File.WriteAllBytes(path, input);
        return path;
    }
}
