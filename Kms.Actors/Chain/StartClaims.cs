using Kms.Core.DoubleSign;

namespace Kms.Actors.Chain;

/// <summary>What others knew about a chain when the program started: judged once, when its history is first known, however often its actor is
/// started again later. A hook's height that was too far ahead to be believed then must not become believable as the chain goes on.</summary>
/// <param name="claims">In the order in which they are judged.</param>
public sealed class StartClaims(IReadOnlyList<FloorClaim> claims)
{
    /// <summary>Those that are not judged yet, in order.</summary>
    public IReadOnlyList<FloorClaim> Left { get; private set; } = claims;

    /// <summary>All are judged and what they changed is stored.</summary>
    public void Done() => Left = [];
}
