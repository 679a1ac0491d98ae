using Kms.Core.Consensus;
using Kms.Core.Signing;

namespace Kms.Harness;

/// <summary>Two genuine signatures of one validator that must not both exist.</summary>
/// <param name="First">What was signed first.</param>
/// <param name="Second">What was signed later at the same height, round and step.</param>
public sealed record SignatureConflict(ConsensusMessage First, ConsensusMessage Second)
{
    /// <summary>One sentence.</summary>
    public override string ToString() =>
        $"DOUBLE SIGN at chain {Second.Chain}: {First} and {Second}{Difference} were both signed";

    // What their short names do not show.
    private string Difference => (First, Second) switch
    {
        (ProposalMessage one, ProposalMessage two) when one.PolRound != two.PolRound =>
            FormattableString.Invariant($" (proof-of-lock rounds {one.PolRound} and {two.PolRound})"),
        ({ Block: { } one }, { Block: { } two }) when one.Hash == two.Hash =>
            FormattableString.Invariant($" (parts {one.PartsTotal}:{one.PartsHash} and {two.PartsTotal}:{two.PartsHash})"),
        _ => "",
    };
}

/// <summary>What the ledger says about one reply.</summary>
/// <param name="Genuine">Whether the reply holds a signature that is genuine for the request.</param>
/// <param name="Conflict">The conflict with an earlier signature, or null.</param>
/// <param name="Warning">Something odd that is no conflict, or null.</param>
/// <param name="Reused">When the signature is not genuine for the request: the message it was given for before, or null.</param>
public readonly record struct LedgerFinding(bool Genuine, SignatureConflict? Conflict, string? Warning, ConsensusMessage? Reused = null);

/// <summary>Remembers every genuine signature that any connection released and reports those that conflict: same validator, chain, height, round
/// and step, different block (nil is different from any block) or, for proposals, proof-of-lock round. It looks at signatures only,
/// never at what a signer says about itself, and outlives signers: one ledger serves a run with many restarts. Safe for concurrent use;
/// it grows with each position signed.</summary>
public sealed class SignatureLedger
{
    private readonly record struct Position(PublicKey Key, ChainId Chain, Hrs Hrs);

    private sealed record Entry(ConsensusMessage Message, byte[] Signature);

    private readonly Lock _lock = new();
    private readonly Dictionary<Position, List<Entry>> _entries = [];
    private readonly List<SignatureConflict> _conflicts = [];
    private readonly List<string> _warnings = [];

    /// <summary>Every conflict so far. None is a necessary condition for a signer to be used at all.</summary>
    public IReadOnlyList<SignatureConflict> Conflicts
    {
        get { lock (_lock) return [.. _conflicts]; }
    }

    /// <summary>Votes for one block that were signed twice with different timestamps: no evidence for peers, but untidy.</summary>
    public IReadOnlyList<string> Warnings
    {
        get { lock (_lock) return [.. _warnings]; }
    }

    /// <summary>Number of positions with a signature.</summary>
    public int Positions
    {
        get { lock (_lock) return _entries.Count; }
    }

    /// <summary>The highest position with a signature on a chain; null before the first.</summary>
    /// <param name="chain">The chain.</param>
    public Hrs? Highest(ChainId chain)
    {
        lock (_lock) return _entries.Keys.Where(position => position.Chain == chain).Select(position => (Hrs?)position.Hrs).Max();
    }

    /// <summary>Takes note of a reply, also of one that is not signed or comes with an error.</summary>
    /// <param name="key">The validator's key.</param>
    /// <param name="asked">What was asked.</param>
    /// <param name="reply">What came back.</param>
    public LedgerFinding Observe(PublicKey key, ConsensusMessage asked, SignerReply reply)
    {
        var signed = reply as SignerReply.Signed ?? (reply as SignerReply.Error)?.Leaked;
        if (signed is null) return default;
        var position = new Position(key, asked.Chain, asked.Hrs);
        return SignatureChecker.Check(key, asked, signed, extensionSignatures: 0).Covered is { } covered
            ? Add(position, new Entry(covered, signed.Signature.ToArray()))
            : new LedgerFinding(false, null, null, Find(position, signed.Signature)?.Message);
    }

    private Entry? Find(Position position, ReadOnlyMemory<byte> signature)
    {
        lock (_lock)
            return _entries.TryGetValue(position, out var known) ? known.Find(entry => entry.Signature.AsSpan().SequenceEqual(signature.Span)) : null;
    }

    private LedgerFinding Add(Position position, Entry entry)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(position, out var earlier))
            {
                _entries.Add(position, [entry]);
                return new LedgerFinding(true, null, null);
            }

            if (earlier.Any(known => known.Signature.AsSpan().SequenceEqual(entry.Signature))) return new LedgerFinding(true, null, null);

            var other = earlier.FirstOrDefault(known => AreDifferent(known.Message, entry.Message));
            earlier.Add(entry);
            if (other is not null)
            {
                _conflicts.Add(new SignatureConflict(other.Message, entry.Message));
                return new LedgerFinding(true, _conflicts[^1], null);
            }

            if (entry.Message is not VoteMessage) return new LedgerFinding(true, null, null);
            _warnings.Add($"{entry.Message} was signed with two timestamps: {earlier[0].Message.Timestamp} and {entry.Message.Timestamp}");
            return new LedgerFinding(true, null, _warnings[^1]);
        }
    }

    private static bool AreDifferent(ConsensusMessage a, ConsensusMessage b) =>
        Block(a) != Block(b) || (a as ProposalMessage)?.PolRound != (b as ProposalMessage)?.PolRound;

    private static BlockId? Block(ConsensusMessage message) => message.Block is { IsZero: false } block ? block : null;
}
