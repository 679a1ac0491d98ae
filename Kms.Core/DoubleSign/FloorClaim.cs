using Kms.Core.Consensus;

namespace Kms.Core.DoubleSign;

/// <summary>What somebody besides the journal knows: everything up to <paramref name="Floor"/> is used up. A state file, a hook, an operator.
/// The higher of the two, journal and claim, counts; a claim never lowers a floor.</summary>
/// <param name="Floor">The highest position that is used up.</param>
/// <param name="Source">Who says so, for the journal and the log: "state_file /var/lib/tmkms/cosmoshub-4.json".</param>
public sealed record FloorClaim(Hrs Floor, string Source)
{
    private readonly SignedMessage? _message;
    private readonly RecordedBlock? _block;

    /// <summary>The highest position that is used up.</summary>
    public Hrs Floor { get; } = Floor;

    /// <summary>What was signed at <see cref="Floor"/>, when that is known: the same request then gets the same signature again.</summary>
    /// <exception cref="ArgumentException">It stands at another position.</exception>
    public SignedMessage? Message
    {
        get => _message;
        init => _message = value is null || value.Hrs == Floor
            ? value : throw new ArgumentException($"a message at {value.Hrs} cannot stand at the floor {Floor}");
    }

    /// <summary>What the message at <see cref="Floor"/> was for; null when that is not known. A <see cref="Message"/> tells it.</summary>
    public RecordedBlock? Block
    {
        get => _message is { } message ? new RecordedBlock(message.Block) : _block;
        init => _block = value;
    }

    /// <summary>The claim is ignored when it is this many heights above the known floor, or more: tmkms's limit for a state hook is 9000. Null
    /// for no limit.</summary>
    public long? MaxDelta { get; init; }

    /// <summary>Whether the claim is enough to begin a chain's journal. A hook is not: it knows where the chain is, not what was signed.</summary>
    public bool BeginsHistory { get; init; } = true;

    /// <summary>What the claim changes.</summary>
    /// <param name="watermark">Where the chain stands; null when nothing was ever recorded.</param>
    /// <param name="chain">The chain.</param>
    /// <param name="ignored">Null, or the sentence why nothing changes.</param>
    /// <returns>The event to store; null when nothing changes.</returns>
    public ChainEvent? Against(Watermark? watermark, ChainId chain, out string? ignored)
    {
        ignored = WhyIgnored(watermark);
        if (ignored is not null) return null;
        return Message is { } message && Floor != watermark?.Floor
            ? new ChainEvent.WatermarkAdvanced(chain, message)
            : new ChainEvent.FloorRaised(chain, Floor, Source);
    }

    private string? WhyIgnored(Watermark? watermark)
    {
        // The journal takes it without a question and could not be read again.
        if (Floor.Height.Value < 0 || Floor.Round.Value < 0 || !Enum.IsDefined(Floor.Step)) return $"{Floor} is no height, round and step";
        if (watermark is null) return BeginsHistory ? null : "nothing is recorded for the chain, and this is not enough to begin with";
        if (Floor < watermark.Floor || Floor == watermark.Floor && !DoubtsWhatIsRecorded(watermark.Last))
            return $"the chain stands at {watermark.Floor} already";
        return MaxDelta is { } max && (Int128)Floor.Height.Value - watermark.Floor.Height.Value >= max
            ? $"{Floor} is {max} heights or more above {watermark.Floor}"
            : null;
    }

    // Another signer may have released another message at the position where this journal has one that never left: a crash came between, and
    // that one must not be signed again.
    private bool DoubtsWhatIsRecorded(SignedMessage? last) =>
        last is not null && (Message is { } message ? message.SignBytes != last.SignBytes : Block is not { } block || block.Id != last.Block);
}
