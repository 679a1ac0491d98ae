using Kms.Host.Demo;
using Xunit.Abstractions;

namespace Kms.EndToEnd.Tests;

public sealed class DemoTests(ITestOutputHelper output) : EndToEndTest(output)
{
    [Fact]
    public async Task The_demo_passes_when_run_through_dotnet_and_leaves_nothing_behind()
    {
        var temporary = Directory.CreateDirectory(Path.Combine(Home.Directory, "tmp")).FullName;
        var throughDotnet = new SignerProgram("env", $"TMPDIR={temporary}", "dotnet", Path.Combine(AppContext.BaseDirectory, "tmkms.dll"));
        var (code, text) = await RunAsync(throughDotnet, "demo", "--messages", "100", "--kills", "1", "--seed", "1");
        Output.WriteLine(text);
        Assert.Equal(0, code);
        Assert.Contains("100 signatures, one after the other", text, StringComparison.Ordinal);
        Assert.Contains("PASS: ", text, StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories(temporary, "tmkms-*"));
    }
}
