using Kms.Core;
using Kms.Core.Consensus;
using Kms.Core.Signing;

namespace Kms.Actors.Device;

/// <summary>One key in two devices: the second signs what the first could not. Both sign the same recorded bytes, so that whichever answers says nothing
/// else than the other. Disposes of both.</summary>
public sealed class FailoverSigner : IConsensusSigner
{
    private readonly IConsensusSigner _first;
    private readonly IConsensusSigner _second;

    private readonly TimeSpan _firstLimit;

    private FailoverSigner(IConsensusSigner first, IConsensusSigner second, TimeSpan firstLimit) =>
        (_first, _second, _firstLimit) = (first, second, firstLimit);

    /// <summary>What the first has of a signature's deadline; the rest is the second's. A device that is known to be unavailable says so at once.</summary>
    public static TimeSpan HalfOfTheDeadline { get; } = Limits.SignDeadline / 2;

    /// <inheritdoc/>
    public string Provider => $"{_first.Provider}, {_second.Provider}";

    /// <inheritdoc/>
    public PublicKey PublicKey => _first.PublicKey;

    /// <inheritdoc/>
    public bool SignsOnlyVotes => _first.SignsOnlyVotes || _second.SignsOnlyVotes;

    /// <summary>Joins two signers; null, with a sentence, when they do not hold the same key.</summary>
    /// <param name="first">Asked first.</param>
    /// <param name="second">Asked when the first fails.</param>
    /// <param name="firstLimit">Most time for the first; see <see cref="HalfOfTheDeadline"/>.</param>
    /// <param name="error">Why they do not belong together.</param>
    public static FailoverSigner? TryCreate(IConsensusSigner first, IConsensusSigner second, TimeSpan firstLimit, out string? error)
    {
        error = first.PublicKey == second.PublicKey
            ? null
            : $"{first.Provider} and {second.Provider} hold different keys ({first.PublicKey} and {second.PublicKey}): a chain may name two devices "
            + "only for one key";
        return error is null ? new FailoverSigner(first, second, firstLimit) : null;
    }

    /// <inheritdoc/>
    public async ValueTask<SignOutcome> SignAsync(SignBytes message, CancellationToken deadline)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(deadline);
        limit.CancelAfter(_firstLimit);
        var first = await _first.SignAsync(message, limit.Token).ConfigureAwait(false);
        if (first.Signature is not null || deadline.IsCancellationRequested) return first;
        var second = await _second.SignAsync(message, deadline).ConfigureAwait(false);
        return second.Signature is not null ? second : SignOutcome.Failed($"{first.Error}; then {second.Error}");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
    }
}
