using Kms.Testing;

namespace Kms.Protocol.Tests;

public class VectorsTests
{
    [Fact]
    public void Every_CometBFT_file_is_there_and_says_which_version_made_it()
    {
        var files = Vectors.Names.Where(name => name.StartsWith("cometbft/", StringComparison.Ordinal)).ToList();

        Assert.Equal(19, files.Count);
        Assert.All(files, name => Assert.Contains($" {name.Split('/')[1]}.", Vectors.Load(name).In("meta").Text("source"), StringComparison.Ordinal));
    }

    [Fact]
    public void A_file_that_is_not_there_is_an_error_that_names_those_that_are() =>
        Assert.Contains("cometbft/v0.38/decisions",
            Assert.Throws<ArgumentException>(() => Vectors.Load("cometbft/v0.37/decisions")).Message, StringComparison.Ordinal);
}
