using Kms.Core;
using Kms.Core.DoubleSign;

namespace Kms.Protocol.Privval;

/// <summary>What a node is told instead of a signature (tendermint.privval.RemoteSignerError). The node logs it, neither retries nor
/// drops the connection (cometbft privval/retry_signer_client.go). The one place that maps reasons to the wire.</summary>
/// <param name="Code">2 for a double sign, as in tmkms; 1 for everything else.</param>
/// <param name="Description">One sentence.</param>
public sealed record RemoteSignerError(int Code, string Description)
{
    private const int Refused = 1;
    private const int DoubleSign = 2;

    /// <summary>The wire form of a refusal.</summary>
    public static RemoteSignerError From(Refusal refusal) =>
        new(refusal.Reason == RefusalReason.DoubleSign ? DoubleSign : Refused, Cut(refusal.ToString()));

    private static string Cut(string text) => text.Length <= Limits.MaxErrorChars ? text : text[..Limits.MaxErrorChars] + "…";
}
