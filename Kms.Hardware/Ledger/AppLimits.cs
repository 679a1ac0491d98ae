using Kms.Core.Consensus;

namespace Kms.Hardware.Ledger;

/// <summary>What of a chain the app will not be able to sign, as far as the configuration shows it.</summary>
public static class AppLimits
{
    // Sizes in bytes of a canonical message's fields (cometbft types/canonical.go); the timestamp has 5 bytes of seconds and up to 5 of nanoseconds.
    private const int TypeSize = 2;
    private const int HeightSize = 9;
    private const int RoundSize = 9;
    private const int NoPolRoundSize = 11;
    private const int BlockSize = 74;
    private const int TimestampSize = 14;
    private const int ChainIdHeaderSize = 2;

    /// <summary>The longest chain id with which the app signs every message for a block of one kind, in bytes. Votes for nil always fit.</summary>
    /// <param name="isProposal">A proposal without proof of lock, instead of a vote.</param>
    /// <param name="afterRoundZero">In a round after the first.</param>
    public static int LongestChainId(bool isProposal, bool afterRoundZero) =>
        AppRules.MaxPayload - TypeSize - HeightSize - BlockSize - TimestampSize - ChainIdHeaderSize
            - (isProposal ? NoPolRoundSize : 0) - (afterRoundZero ? RoundSize : 0);

    /// <summary>What an operator should know before the chain asks for it; none when the app can sign everything.</summary>
    /// <param name="chain">A chain that the device signs for.</param>
    /// <returns>Sentences.</returns>
    public static IEnumerable<string> Warnings(ChainId chain)
    {
        string[] tooLong = [.. Kinds.Where(kind => chain.Utf8.Length > LongestChainId(kind.IsProposal, kind.AfterRoundZero)).Select(kind => kind.Name)];
        if (tooLong.Length > 0)
            yield return $"chain {chain}: its id has {chain.Utf8.Length} bytes, too many for the Ledger app, which signs messages of at most "
                + $"{AppRules.MaxPayload} bytes: {string.Join(", ", tooLong)} may be refused";
    }

    private static IEnumerable<(string Name, bool IsProposal, bool AfterRoundZero)> Kinds =>
    [
        ("proposals in rounds after 0", true, true),
        ("proposals in round 0", true, false),
        ("votes for a block in rounds after 0", false, true),
        ("votes for a block in round 0", false, false),
    ];
}
