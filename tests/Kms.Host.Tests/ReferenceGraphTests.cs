using System.Xml.Linq;

namespace Kms.Host.Tests;

/// <summary>Which project may see which. Safety can be reviewed room by room because these edges are all there are: the rules see no actors,
/// the actors no database and no device, and nothing but the host sees everything.</summary>
public sealed class ReferenceGraphTests
{
    private const string Analysers = "Microsoft.CodeAnalysis.BannedApiAnalyzers Akka.Analyzers";

    /// <summary>Project, the projects it may reference, the packages it may reference.</summary>
    public static TheoryData<string, string, string> Rooms => new()
    {
        { "Kms.Core", "", "" },
        { "Kms.Protocol", "Kms.Core", "BouncyCastle.Cryptography Google.Protobuf Grpc.Tools NSec.Cryptography" },
        { "Kms.Hardware", "Kms.Core", "BouncyCastle.Cryptography NSec.Cryptography" },
        { "Kms.Persistence", "Kms.Core", "Akka.Persistence Akka.Persistence.Sql Microsoft.Data.Sqlite Npgsql Google.Protobuf Grpc.Tools" },
        { "Kms.Actors", "Kms.Core Kms.Protocol", "Akka Akka.Hosting Akka.Persistence" },
        { "Kms.Harness", "Kms.Core Kms.Protocol", "BouncyCastle.Cryptography Google.Protobuf Grpc.Tools" },
        { "Kms.Host", "Kms.Core Kms.Protocol Kms.Hardware Kms.Persistence Kms.Actors Kms.Harness", "*" },
    };

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_project_references_only_what_its_room_allows(string project, string projects, string packages)
    {
        var file = XDocument.Load(Path.Combine(Repository.Root, project, project + ".csproj"));
        var referenced = Includes(file, "ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path.Replace('\\', '/')));
        Assert.Empty(referenced.Except(projects.Split(' ')));
        if (packages != "*") Assert.Empty(Includes(file, "PackageReference").Except($"{packages} {Analysers}".Split(' ')));
    }

    [Fact]
    public void Every_project_of_the_product_is_a_room()
    {
        var projects = Directory.GetDirectories(Repository.Root, "Kms.*").Where(d => Directory.GetFiles(d, "*.csproj").Length > 0).Select(d => Path.GetFileName(d)!);
        Assert.Equal(Rooms.Select(room => (string)room[0]).Order(StringComparer.Ordinal), projects.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_compiled_rules_see_the_base_class_library_only()
    {
        var references = typeof(Core.Consensus.ChainId).Assembly.GetReferencedAssemblies().Select(a => a.Name!);
        Assert.All(references, name => Assert.True(name.StartsWith("System.", StringComparison.Ordinal) || name is "netstandard" or "mscorlib", name));
    }

    private static IEnumerable<string> Includes(XDocument file, string item) => file.Descendants(item).Select(i => i.Attribute("Include")!.Value);
}
