using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Protocol.SignBytes;

namespace Kms.Actors.Chain;

/// <summary>Signed, or why not.</summary>
internal readonly record struct SignedOrError(SignReply.Signed? Signed, string? Error);

/// <summary>Signs recorded messages and checks every signature before it leaves. Remembers the newest one, so that a repeated request
/// costs no device a second operation and gets the very same signature.</summary>
internal sealed class MessageSigner(IConsensusSigner key)
{
    private SignedMessage? _message;
    private Signature? _signature;

    /// <summary>Signs <paramref name="message"/> and, where given, a vote extension.</summary>
    public async Task<SignedOrError> SignAsync(SignedMessage message, SignBytes? extension, CancellationToken deadline)
    {
        if (_message != message || _signature is null)
        {
            var (signature, error) = await SignAsync(message.SignBytes, deadline).ConfigureAwait(false);
            if (signature is null) return new SignedOrError(null, error);
            (_message, _signature) = (message, signature);
        }

        if (extension is null) return new SignedOrError(new SignReply.Signed(_signature, message.Timestamp, null), null);
        var (extensionSignature, extensionError) = await SignAsync(extension, deadline).ConfigureAwait(false);
        return extensionSignature is null
            ? new SignedOrError(null, extensionError)
            : new SignedOrError(new SignReply.Signed(_signature, message.Timestamp, extensionSignature), null);
    }

    /// <summary>Signs bytes that are no consensus message. The remembered one stays.</summary>
    public Task<SignOutcome> SignRawAsync(SignBytes bytes, CancellationToken deadline) => SignAsync(bytes, deadline);

    private async Task<SignOutcome> SignAsync(SignBytes bytes, CancellationToken deadline)
    {
        SignOutcome outcome;
        try
        {
            outcome = await key.SignAsync(bytes, deadline).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The reply boundary: whatever a provider throws, the node gets an answer.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return SignOutcome.Failed($"{key.Provider} threw {e.GetType().Name}: {e.Message}");
        }

        return outcome.Signature is { } signature && !SignatureVerifier.Verify(key.PublicKey, bytes.Span, signature)
            ? SignOutcome.Failed($"{key.Provider} returned a signature that does not verify; it was not released")
            : outcome;
    }
}
