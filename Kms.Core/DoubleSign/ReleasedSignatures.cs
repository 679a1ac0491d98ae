using System.Collections.Immutable;
using Kms.Core.Consensus;

namespace Kms.Core.DoubleSign;

/// <summary>The signatures that left lately, for a node that asks late: another node's request was signed, and the chain has moved on since.
/// <para>Why it is safe to look here below the floor. A signature comes in after its message was stored, and it was signed and verified then:
/// nothing is signed for a second answer. At that position the journal lets no message follow that contradicts it, in this process or in any other
/// that shares the journal, so that the signature contradicts nothing whether it reached a node the first time or not. What was recorded and not
/// signed (the key failed, the process ended) is not here and stays refused. A claim (<see cref="FloorClaim"/>) tells of another signer with another
/// record, which may have signed otherwise what never reached a node from here: whoever hears one, believed or not, forgets everything.</para>
/// <para>It is memory alone. After a restart the same request is a regression.</para></summary>
public sealed record ReleasedSignatures
{
    /// <summary>How many are kept: the messages of two heights, and some more where nodes have vote extensions of their own.</summary>
    public const int Capacity = 16;

    private readonly ImmutableArray<Release> _newestLast;

    private ReleasedSignatures(ImmutableArray<Release> newestLast) => _newestLast = newestLast;

    /// <summary>Nothing was signed yet.</summary>
    public static ReleasedSignatures None { get; } = new([]);

    /// <summary>One more; the oldest is forgotten where there are <see cref="Capacity"/>.</summary>
    /// <param name="recorded">The message, as it is stored.</param>
    /// <param name="request">The request that it was signed for; its extensions were signed, too.</param>
    /// <param name="reply">The signatures, over <paramref name="recorded"/> and the extensions.</param>
    public ReleasedSignatures With(SignedMessage recorded, SignRequest request, SignReply.Signed reply)
    {
        var release = new Release(recorded, ExtensionsOf(request), reply);
        if (_newestLast.Contains(release)) return this;
        return new((_newestLast.Length < Capacity ? _newestLast : _newestLast.RemoveAt(0)).Add(release));
    }

    /// <summary>The reply that is what <paramref name="request"/> asks for, down to the vote extensions; null when there is none.</summary>
    public SignReply.Signed? For(SignRequest request) => _newestLast.LastOrDefault(release =>
        release.Recorded.Hrs == request.Hrs && request.IsServedBy(release.Recorded) && release.Extensions == ExtensionsOf(request))?.Reply;

    /// <inheritdoc/>
    public bool Equals(ReleasedSignatures? other) => other is not null && _newestLast.SequenceEqual(other._newestLast);

    /// <inheritdoc/>
    public override int GetHashCode() => _newestLast.IsEmpty ? 0 : HashCode.Combine(_newestLast.Length, _newestLast[^1]);

    private static (SignBytes?, SignBytes?) ExtensionsOf(SignRequest request) =>
        request is VoteRequest vote ? (vote.ExtensionSignBytes, vote.NonRpExtensionSignBytes) : default;

    private sealed record Release(SignedMessage Recorded, (SignBytes?, SignBytes?) Extensions, SignReply.Signed Reply);
}
