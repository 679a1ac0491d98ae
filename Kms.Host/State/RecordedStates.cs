using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Core.Signing;
using Kms.Persistence.StateFiles;
using Kms.Protocol.SignBytes;

namespace Kms.Host.State;

/// <summary>Between what a file says and what a chain's journal takes.</summary>
internal static class RecordedStates
{
    /// <summary>What a file is to say about a chain.</summary>
    /// <param name="watermark">Where the chain stands.</param>
    /// <param name="key">Its consensus key; null when it is not known.</param>
    public static RecordedState Of(Watermark watermark, PublicKey? key) => new(watermark.Floor)
    {
        Chain = watermark.Chain,
        PublicKey = key,
        Block = watermark.Last is { } last ? new RecordedBlock(last.Block) : null,
        SignBytes = watermark.Last?.SignBytes,
    };

    /// <summary>What a file claims for a chain.</summary>
    /// <param name="state">What the file says.</param>
    /// <param name="chain">The chain it is imported into.</param>
    /// <param name="key">The chain's consensus key; null when it cannot be read now, and is not compared.</param>
    /// <param name="source">For the journal and the log.</param>
    /// <param name="error">Why the file cannot be about this chain; null on success.</param>
    public static FloorClaim? ClaimFor(RecordedState state, ChainId chain, PublicKey? key, string source, out string? error)
    {
        var isMessage = Signed(state, out var signedFor, out var message);
        error = state.Chain is { } named && named != chain ? $"it is the state of chain {named}, not {chain}"
            : key is not null && state.PublicKey is { } other && other != key ? $"it is the state of another key: {Convert.ToHexString(other.Span)}, but chain {chain} signs with {Convert.ToHexString(key.Span)}"
            : !isMessage ? null
            : signedFor != chain ? $"its sign bytes are of chain {signedFor}, not {chain}"
            : message!.Hrs != state.Position ? $"its sign bytes are of {message.Hrs}, but it says {state.Position}"
            : state.Block is { } block && block.Id != message.Block ? "its sign bytes are for another block than it says"
            : key is not null && state.Signature is { } signature && !SignatureVerifier.Verify(key, message.SignBytes.Span, signature)
                ? $"its signature is not by the key of chain {chain}: is it the state of another validator?"
            : null;
        return error is null ? new FloorClaim(state.Position, source) { Message = isMessage ? message : null, Block = state.Block } : null;
    }

    // A chain with other canonical bytes than CometBFT's is possible: then only the position counts, which refuses more, never less.
    private static bool Signed(RecordedState state, out ChainId? chain, out SignedMessage? message)
    {
        (chain, message) = (null, null);
        return state.SignBytes is { } bytes && CanonicalMessage.TryParse(bytes, out chain, out message);
    }
}
