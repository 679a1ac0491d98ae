using System.Text;
using System.Text.Unicode;
using Kms.Core;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Bytes = Kms.Core.Consensus.SignBytes;

namespace Kms.Protocol.SignBytes;

/// <summary>The two kinds of nodes that have raw bytes signed.</summary>
public enum RawBytesForm
{
    /// <summary>Neither.</summary>
    None,

    /// <summary><see cref="RawBytesRequest.Celestia"/>.</summary>
    Celestia,

    /// <summary><see cref="RawBytesRequest.CometBft"/>.</summary>
    CometBft,
}

/// <summary>What to sign for a <see cref="RawBytesRequest"/>, or why nothing.</summary>
/// <param name="SignBytes">The bytes for the key; null when refused.</param>
/// <param name="Refusal">The reason; null when allowed.</param>
public readonly record struct RawBytesVerdict(Bytes? SignBytes, Refusal? Refusal);

/// <summary>Which raw bytes a consensus key may sign: none unless the operator says so, and never what <see cref="CanonicalShape"/> knows. Pure.</summary>
/// <param name="Form">The form that is allowed.</param>
/// <param name="UniqueIds">What a unique id of Celestia may begin with; empty for anything.</param>
/// <param name="MaxBytes">The most bytes to sign.</param>
public sealed record RawBytesPolicy(RawBytesForm Form, IReadOnlyList<string> UniqueIds, int MaxBytes)
{
    /// <summary>The longest unique id in bytes; those in use have about ten.</summary>
    public const int MaxUniqueIdBytes = 256;

    /// <summary>The default of <see cref="MaxBytes"/>: what a request can hold. A compact block of Celestia grows with the parts and transactions of its
    /// block, and where it is not signed, the block is not proposed.</summary>
    public const int DefaultMaxBytes = Limits.MaxPayloadBytes;

    /// <summary>Signs nothing.</summary>
    public static readonly RawBytesPolicy Off = new(RawBytesForm.None, [], 0);

    /// <summary>Decides about one request.</summary>
    /// <param name="chain">The chain whose key is to sign.</param>
    /// <param name="request">The request.</param>
    public RawBytesVerdict Judge(ChainId chain, RawBytesRequest request)
    {
        var (form, name, payload) = request switch
        {
            RawBytesRequest.Celestia celestia => (RawBytesForm.Celestia, "celestia", celestia.RawBytes),
            RawBytesRequest.CometBft cometBft => (RawBytesForm.CometBft, "cometbft", cometBft.Value),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        if (form != Form)
            return Refuse(RefusalReason.RawBytesNotAllowed, $"sign_raw_bytes = \"{name}\" in the [[chain]] section of tmkms.toml allows them");
        if (request is RawBytesRequest.Celestia named && JudgeName(chain, named) is var (reason, detail)) return Refuse(reason, detail);
        if (payload.IsEmpty) return Refuse(RefusalReason.InvalidRequest, "no bytes to sign");
        if (payload.Length > MaxBytes)
            return Refuse(RefusalReason.RawBytesNotAllowed, $"{payload.Length} bytes, but max_bytes in sign_raw_bytes of tmkms.toml is {MaxBytes}");
        if (CanonicalShape.Of(payload.Span) is { } shape) return Refuse(RefusalReason.RawBytesAreMessage, $"to a chain they would be {shape}");
        return new RawBytesVerdict(
            request is RawBytesRequest.Celestia { UniqueId: var uniqueId } ? RawBytesSignBytes.Of(chain, payload.Span, uniqueId.Span) : new Bytes(payload.Span), null);

        RawBytesVerdict Refuse(RefusalReason reason, string detail) => new(null, new Refusal(reason, chain, null, null, detail));
    }

    private (RefusalReason, string)? JudgeName(ChainId chain, RawBytesRequest.Celestia request)
    {
        if (request.Chain != chain) return (RefusalReason.WrongChain, $"the request names chain {request.Chain}");
        var id = request.UniqueId.Span;
        if (id.IsEmpty) return (RefusalReason.InvalidRequest, "the unique id is empty");
        if (id.Length > MaxUniqueIdBytes) return (RefusalReason.InvalidRequest, $"the unique id has {id.Length} bytes, {MaxUniqueIdBytes} are the most");
        if (!Utf8.IsValid(id) || !Encoding.UTF8.GetString(id).EnumerateRunes().All(PrintableText.IsVisible))
            return (RefusalReason.InvalidRequest, "the unique id is not a text without control and invisible characters");
        return UniqueIds.Count > 0 && !MayBegin(id)
            ? (RefusalReason.RawBytesNotAllowed, "the unique id begins with none of unique_ids in sign_raw_bytes of tmkms.toml")
            : null;
    }

    private bool MayBegin(ReadOnlySpan<byte> id)
    {
        foreach (var prefix in UniqueIds)
            if (id.StartsWith(Encoding.UTF8.GetBytes(prefix))) return true;
        return false;
    }
}
