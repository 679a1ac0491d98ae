using Kms.Core.Consensus;
using Kms.Core.DoubleSign;

namespace Kms.Host.Tests;

/// <summary>docs/operating.md explains every reason for which a request may be refused, in the words of the log.</summary>
public sealed class OperatingDocumentTests
{
    private static readonly string Rows = string.Join('\n', Repository.Read("docs/operating.md").Split('\n').Where(line => line.StartsWith('|')));

    public static TheoryData<RefusalReason> Reasons => [.. Enum.GetValues<RefusalReason>()];

    [Theory]
    [MemberData(nameof(Reasons))]
    public void Each_refusal_has_a_row(RefusalReason reason)
    {
        var sentence = new Refusal(reason, new ChainId("test-1"), new Hrs(new Height(100), new Round(0), Step.Prevote), null).ToString();
        Assert.Contains(sentence[..sentence.IndexOf(" at chain", StringComparison.Ordinal)], Rows, StringComparison.Ordinal);
    }
}
