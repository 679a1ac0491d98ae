using System.Text.RegularExpressions;
using Kms.Host.Config;

namespace Kms.Host.Tests.Config;

/// <summary>The documentation and the example name the keys that the code reads, all of them and no others.</summary>
public sealed partial class DocumentationTests
{
    private static readonly string Example = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "tmkms.toml.example"));

    [Fact]
    public void The_example_loads_as_it_is()
    {
        var result = KmsConfigLoader.Parse(Example, "tmkms.toml", "/home/op");
        Assert.Empty(result.Errors);
        Assert.Empty(result.Warnings);
        Assert.Empty(result.Config!.MissingProviders);
        Assert.Equal(2, result.Config.Chains.Count);
    }

    [Fact]
    public void The_example_loads_with_everything_that_is_commented_out()
    {
        var everything = Parse(Uncommented());
        Assert.Equal(5, everything.Chains.Count);
        Assert.Single(everything.MissingProviders);
        Assert.Single(everything.Warnings, w => w.Message.StartsWith("api_key", StringComparison.Ordinal));
        var otherwise = Parse(Alternatives());
        Assert.Single(otherwise.MissingProviders);
        Assert.IsType<YubiHsmAdapter.Http>(otherwise.YubiHsms[0].Adapter);
    }

    [Fact]
    public void The_example_says_the_defaults()
    {
        var chain = Parse(Example).Chains[0];
        var bare = Parse(ConfigText.Good).Chains[0];
        Assert.Equal(
            (bare.SignExtensions, bare.BlockRule, bare.AdoptFreshState, bare.MaxHeightJump), (chain.SignExtensions, chain.BlockRule, chain.AdoptFreshState, chain.MaxHeightJump));
    }

    [Fact]
    public void The_example_has_every_key_that_is_read()
    {
        var written = new HashSet<string>();
        foreach (var text in new[] { Uncommented(), Alternatives() }) Collect(TomlTree.Parse(text, new ConfigErrors("tmkms.toml"))!, "", written);
        Assert.Equal(Known().Order(StringComparer.Ordinal), written.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_documentation_has_every_key_that_is_read_and_no_other()
    {
        var documented = new HashSet<string> { "providers" };
        string[] sections = [];
        foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "configuration.md")))
        {
            if (line.StartsWith('#')) sections = [.. Quoted().Matches(line).Select(m => m.Groups[1].Value.Trim('[', ']')).Where(s => !s.Contains(' '))];
            if (line.StartsWith('#')) documented.UnionWith(sections);
            if (Row().Match(line) is { Success: true } row) documented.UnionWith(sections.Select(section => $"{section}.{row.Groups[1].Value}"));
        }

        Assert.Equal(Known().Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_defaults_in_the_documentation_are_those_of_the_code()
    {
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "configuration.md"));
        Assert.Contains($"| `max_height_jump` | number or `\"off\"` | `{ChainConfig.DefaultMaxHeightJump}` |", text, StringComparison.Ordinal);
        Assert.Contains($"| `timeout` | number | `{Parse(ConfigText.Good).Validators[0].Options.Timeout.TotalSeconds}` |", text, StringComparison.Ordinal);
    }

    /// <summary>Every key that the readers ask for in files with all sections.</summary>
    private static HashSet<string> Known()
    {
        var known = new HashSet<string>();
        foreach (var text in new[] { Uncommented(), Alternatives() })
        {
            var reading = new Reading("tmkms.toml", "/home/op");
            Assert.NotNull(KmsConfigLoader.Read(text, reading));
            known.UnionWith(reading.Asked);
        }

        return known;
    }

    private static void Collect(TomlNode node, string path, HashSet<string> keys)
    {
        if (node is TomlList list)
            foreach (var item in list.Items) Collect(item, path, keys);
        if (node is not TomlMap map) return;
        foreach (var (key, (_, value)) in map.Entries)
        {
            var whole = path.Length == 0 ? key : $"{path}.{key}";
            keys.Add(whole);
            Collect(value, whole, keys);
        }
    }

    // "#key" is a key that is not set; "#or key" another way to write the line above. "# " is prose.
    private static string Uncommented() => string.Join('\n', Example.Split('\n').Where(line => !line.StartsWith("#or ", StringComparison.Ordinal)).Select(Uncomment));

    private static string Alternatives()
    {
        var lines = new List<string>();
        foreach (var line in Example.Split('\n'))
        {
            if (line.StartsWith("#or ", StringComparison.Ordinal)) lines[^1] = line["#or ".Length..];
            else lines.Add(Uncomment(line));
        }

        return string.Join('\n', lines);
    }

    private static string Uncomment(string line) => line.Length > 1 && line[0] == '#' && line[1] is not (' ' or '#') ? line[1..] : line;

    private static KmsConfig Parse(string text)
    {
        var result = KmsConfigLoader.Parse(text, "tmkms.toml", "/home/op");
        Assert.Empty(result.Errors);
        return result.Config!;
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();

    [GeneratedRegex("^\\| `([^`]+)` \\|")]
    private static partial Regex Row();
}
