namespace Kms.Host.Tests;

/// <summary>The files of this repository that tests look at.</summary>
internal static class Repository
{
    /// <summary>The directory of Kms.sln, above the tests.</summary>
    public static string Root { get; } = Find();

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    private static string Find()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Kms.sln"))) folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("Kms.sln is not above the tests");
        return folder;
    }
}
