using Kms.Core.Consensus;
using Kms.Core.Signing;

namespace Kms.Harness;

/// <summary>Looks at every reply of a drill. The ledger decides on conflicts; here is added what only a signer without its memory would do:
/// sign something new at or below the highest position signed before, even where it contradicts nothing yet.</summary>
internal sealed class DrillWatch(SignatureLedger ledger)
{
    private readonly HashSet<Hrs> _released = [];
    private readonly List<string> _lostWatermarks = [];

    /// <summary>The highest position with a signature; null before the first.</summary>
    public Hrs? Highest { get; private set; }

    public int Signatures { get; private set; }

    public int Refusals { get; private set; }

    public IReadOnlyList<string> LostWatermarks => _lostWatermarks;

    /// <summary>Takes note of a reply; null, or why nobody can use it.</summary>
    public string? Observe(PublicKey key, ConsensusMessage asked, SignerReply reply)
    {
        var finding = ledger.Observe(key, asked, reply);
        if (finding.Genuine) Count(asked, finding);
        if (reply is SignerReply.Error error)
        {
            Refusals++;
            return error.Leaked is null ? null : $"{asked}: refused, but with a signature along with the error";
        }

        return reply is SignerReply.Signed signed && SignatureChecker.Check(key, asked, signed, extensionSignatures: 0).Problem is { } problem
            ? $"{asked}: {problem}"
            : null;
    }

    private void Count(ConsensusMessage asked, LedgerFinding finding)
    {
        Signatures++;
        var isNew = _released.Add(asked.Hrs);
        if (asked.Hrs <= Highest && (isNew || finding.Conflict is not null))
            _lostWatermarks.Add($"LOST WATERMARK: {asked} was signed after position {Highest} was");
        if (Highest is null || asked.Hrs > Highest) Highest = asked.Hrs;
    }
}
