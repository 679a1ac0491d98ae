using Kms.Host.Composition;

namespace Kms.Host.Tests.Composition;

public sealed class HoconTextTests
{
    [Theory]
    [InlineData("")]
    [InlineData("a { b = [1, 2] }")]
    [InlineData("a = \"{\" # }\nb = \"\\\"[\" // ]\n")]
    [InlineData("a = \"\"\"{\n[\"\"\"\n")]
    [InlineData("a = ${b}")]
    [InlineData("# it's \"quoted\n")]
    public void Brackets_and_quotes_in_pairs_are_fine(string text) => Assert.Null(HoconText.Problem(text));

    [Theory]
    [InlineData("a {\n b = 1", "the { of line 1 is not closed")]
    [InlineData("a = 1\n}", "line 2 closes with }")]
    [InlineData("a { b = [1, 2 }", "line 1 closes with }")]
    [InlineData("a = \"\"\"x\n\n\"\"\" ]", "line 3 closes with ]")]
    [InlineData("a = 1\nb = \"c\n\"", "the string that begins in line 2 has no end")]
    [InlineData("a = \"\\", "the string that begins in line 1 has no end")]
    public void A_missing_pair_is_named_with_its_line(string text, string problem) =>
        Assert.StartsWith(problem, HoconText.Problem(text), StringComparison.Ordinal);

    [Fact]
    public void The_shipped_settings_are_fine()
    {
        using var stream = typeof(AkkaSettings).Assembly.GetManifestResourceStream("akka.hocon")!;
        using var reader = new StreamReader(stream);
        Assert.Null(HoconText.Problem(reader.ReadToEnd()));
    }
}
