using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Protocol.SignBytes;

namespace Kms.Actors.Chain;

/// <summary>Signed, or why not.</summary>
internal readonly record struct SignedOrError(SignReply.Signed? Signed, string? Error);

/// <summary>Signs recorded messages and vote extensions and checks every signature before it leaves. Remembers the newest of each kind, so that
/// a repeated request costs no device a second operation and gets the very same signatures.</summary>
internal sealed class MessageSigner(IConsensusSigner key)
{
    private readonly Dictionary<Kind, (SignBytes Bytes, Signature Signature)> _newest = [];

    // Most applications never write an extension without replay protection: the signature over nothing is made once.
    private enum Kind
    {
        Message,
        Extension,
        NonRpExtension,
        Nothing,
    }

    /// <summary>Signs <paramref name="message"/> and, where given, the vote's extensions: all, or nothing is released.</summary>
    public async Task<SignedOrError> SignAsync(SignedMessage message, SignBytes? extension, SignBytes? nonRpExtension, CancellationToken deadline)
    {
        var signed = await SignAsync(Kind.Message, message.SignBytes, deadline).ConfigureAwait(false);
        var first = signed.Error is null ? await SignAsync(Kind.Extension, extension, deadline).ConfigureAwait(false) : signed;
        var nonRpKind = nonRpExtension?.Length == 0 ? Kind.Nothing : Kind.NonRpExtension;
        var second = first.Error is null ? await SignAsync(nonRpKind, nonRpExtension, deadline).ConfigureAwait(false) : first;
        if (second.Error is { } error) return new SignedOrError(null, error);
        var reply = new SignReply.Signed(signed.Signature!, message.Timestamp, first.Signature) { NonRpExtensionSignature = second.Signature };
        return new SignedOrError(reply, null);
    }

    /// <summary>Signs bytes that are no consensus message. What is remembered stays.</summary>
    public Task<SignOutcome> SignRawAsync(SignBytes bytes, CancellationToken deadline) => SignAsync(bytes, deadline);

    private async Task<SignOutcome> SignAsync(Kind kind, SignBytes? bytes, CancellationToken deadline)
    {
        if (bytes is null) return default;
        if (_newest.TryGetValue(kind, out var newest) && newest.Bytes == bytes) return SignOutcome.Ok(newest.Signature);
        var outcome = await SignAsync(bytes, deadline).ConfigureAwait(false);
        if (outcome.Signature is { } signature) _newest[kind] = (bytes, signature);
        return outcome;
    }

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

        // A provider that says neither must not pass for one that was not asked: a vote without its extension's signature makes a node panic.
        if (outcome.Signature is not { } signature) return SignOutcome.Failed(outcome.Error ?? $"{key.Provider} returned neither a signature nor a reason");
        return SignatureVerifier.Verify(key.PublicKey, bytes.Span, signature)
            ? outcome
            : SignOutcome.Failed($"{key.Provider} returned a signature that does not verify; it was not released");
    }
}
