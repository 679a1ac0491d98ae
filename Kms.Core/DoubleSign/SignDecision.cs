using Kms.Core.Consensus;

namespace Kms.Core.DoubleSign;

/// <summary>What the rules say about one request.</summary>
public abstract record SignDecision
{
    private SignDecision() { }

    /// <summary>Store <paramref name="Event"/>, then sign the message in it.</summary>
    public sealed record Advance(ChainEvent.WatermarkAdvanced Event) : SignDecision;

    /// <summary>The message is on record: sign the recorded bytes, reply with the recorded timestamp.</summary>
    public sealed record SignAgain(SignedMessage Recorded) : SignDecision;

    /// <summary>The message was signed before the newest one: reply as then, without signing anything.</summary>
    public sealed record ReleaseAgain(SignReply.Signed Reply) : SignDecision;

    /// <summary>Store <paramref name="Event"/>, which begins the chain's history, then refuse: this height is given up, the next is signed.</summary>
    public sealed record Adopt(ChainEvent.FloorRaised Event, Refusal Refusal) : SignDecision;

    /// <summary>Do not sign.</summary>
    public sealed record Refuse(Refusal Refusal) : SignDecision;
}
