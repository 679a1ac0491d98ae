using Kms.Core.DoubleSign;
using Kms.Core.Signing;

namespace Kms.Core.Consensus;

/// <summary>The answer to a <see cref="SignRequest"/> or a <see cref="RawBytesRequest"/>: signed, or refused with a reason. There is no third
/// outcome.</summary>
public abstract record SignReply
{
    private SignReply() { }

    /// <summary>A verified signature.</summary>
    /// <param name="Signature">Signature over the recorded sign bytes.</param>
    /// <param name="Timestamp">The timestamp those bytes carry; for a repeated vote it is the recorded one, not the asked one.</param>
    /// <param name="ExtensionSignature">Signature over the vote extension, where one was due.</param>
    public sealed record Signed(Signature Signature, Timestamp Timestamp, Signature? ExtensionSignature) : SignReply
    {
        /// <summary>Signature over the extension without replay protection, there and null together with the other one.</summary>
        public Signature? NonRpExtensionSignature { get; init; }
    }

    /// <summary>A verified signature over raw bytes.</summary>
    public sealed record SignedRaw(Signature Signature) : SignReply;

    /// <summary>No signature.</summary>
    public sealed record Refused(Refusal Refusal) : SignReply;
}
