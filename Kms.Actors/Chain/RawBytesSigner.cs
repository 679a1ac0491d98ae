using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Protocol.SignBytes;

namespace Kms.Actors.Chain;

/// <summary>Signs raw bytes that the operator allows. It needs no history and moves no watermark: what <see cref="RawBytesPolicy"/> lets through is
/// nothing that a chain could count as a second vote.</summary>
internal sealed class RawBytesSigner(ChainOptions options, MessageSigner? signer)
{
    /// <summary>Judges, signs, verifies.</summary>
    /// <param name="raw">The request.</param>
    /// <param name="contradiction">What is wrong with the chain's journal, or null. A host whose record is broken is not to be trusted with the key at all
    /// until an operator has looked at it, and only an operator can tell what broke it.</param>
    public async Task<SignReply> SignAsync(ChainMessages.SignRaw raw, string? contradiction)
    {
        if (contradiction is not null) return Refused(RefusalReason.CorruptHistory, contradiction);
        var (bytes, refusal) = options.RawBytes.Judge(options.Chain, raw.Request);
        if (bytes is null) return new SignReply.Refused(refusal!);
        if (signer is null) return Refused(RefusalReason.SignerFailed, "this program has no key");
        var (signature, error) = await signer.SignRawAsync(bytes, raw.Deadline).ConfigureAwait(true);
        return signature is null ? Refused(RefusalReason.SignerFailed, error!) : new SignReply.SignedRaw(signature);
    }

    private SignReply.Refused Refused(RefusalReason reason, string detail) => new(new Refusal(reason, options.Chain, null, null, detail));
}
